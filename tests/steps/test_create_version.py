"""CreateVersion writes the served document with flags off, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import create_version
from appconfig_rollback.adapters import alarms, clock
from appconfig_rollback.adapters.alarms import FiringAlarm
from appconfig_rollback.errors import (
    BareSwitchRequiredError,
    InvalidConfigurationError,
    PermissionDeniedError,
    RefreshRequiredError,
    ResourceMissingError,
    RetryLaterError,
    RollbackError,
    SdkModelError,
)
from appconfig_rollback.flag_document import FEATURE_FLAGS
from appconfig_rollback.times import iso
from tests import samples
from tests.appconfig import BOTH_OFF, OFF, ON, AppConfig, refusal
from tests.samples import CONTEXT, mark, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Alarm, Contributor, FlagResult, TaskInput
    from tests.steps.conftest import LogLines

Fires = Callable[..., None]
OTHER = "FeatureFlag-other-ErrorRate"
LATER = "FeatureFlag-later-ErrorRate"


@pytest.fixture(autouse=True)
def firing(monkeypatch: pytest.MonkeyPatch) -> list[FiringAlarm]:
    """The alarms that CloudWatch says are firing."""
    found: list[FiringAlarm] = []

    def ask(prefix: str) -> list[FiringAlarm]:
        assert prefix == "FeatureFlag-"
        return found

    monkeypatch.setattr(alarms, "firing", ask)
    return found


@pytest.fixture(autouse=True)
def muted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    names: set[str] = set()
    monkeypatch.setattr(alarms, "muted", lambda: names)
    return names


@pytest.fixture(autouse=True)
def series(monkeypatch: pytest.MonkeyPatch) -> list[FiringAlarm]:
    """The series of this execution's own alarm that CloudWatch says are firing."""
    found: list[FiringAlarm] = []

    def ask(name: str, arn: str = "") -> list[FiringAlarm]:
        assert name in (_SERIES["alarmName"], OTHER)
        assert arn == _arn(name)
        return found

    monkeypatch.setattr(alarms, "contributors", ask)
    return found


@pytest.fixture(autouse=True)
def tags(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str] | RollbackError]:
    """The alarms' tags, by the alarms' names, or why they cannot be read."""
    given: dict[str, dict[str, str] | RollbackError] = {}

    def read(arn: str) -> dict[str, str]:
        found = given.get(arn.split(":", 6)[-1], {})
        if isinstance(found, RollbackError):
            raise found
        return found

    monkeypatch.setattr(alarms, "tags", read)
    return given


@pytest.fixture
def fires(firing: list[FiringAlarm]) -> Fires:
    """Let an alarm fire since so many seconds ago."""

    def fire(seconds_ago: float = 5, name: str = OTHER) -> None:
        firing.append(_firing(name, seconds_ago))

    return fire


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"


def _firing(name: str, seconds_ago: float = 5, **attributes: str) -> FiringAlarm:
    """An alarm, or the series of it that has such attributes."""
    since = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    contributor: Contributor | None = {"id": "c1", "attributes": attributes} if attributes else None
    return FiringAlarm(name, f"{name} is high", since, _arn(name), contributor)


#: What replaces fields of the alarm where one of its several series has fired.
_SERIES: dict[str, Any] = {
    "alarmName": "checkout-errors",
    "alarmArn": _arn("checkout-errors"),
    "namedBy": "contributor",
    "contributor": {"id": "c0", "attributes": {"FeatureFlagName": "new-checkout"}},
}


def _flags(appconfig: AppConfig) -> dict[str, Any]:
    content = appconfig.created[-1][0]
    flags: dict[str, Any] = json.loads(content)["flags"]
    return flags


def _swept(appconfig: AppConfig, alarm: Alarm | None = None, **config: Any) -> bool:
    """Whether the other flag went off, too."""
    given = task(config=samples.config(**config), alarm=alarm or samples.alarm_begun())
    answer = create_version.handler(given, CONTEXT)
    swept = _flags(appconfig)["other"]["enabled"] is not True
    assert answer["sweptFlags"] == int(swept)
    assert len(appconfig.created) == 1 + swept, "a second version only where it has more off"
    assert _flags(appconfig)["new-checkout"]["enabled"] is False
    return swept


def test_the_version_is_the_served_document_with_the_flag_off(appconfig: AppConfig) -> None:
    answer = create_version.handler(task(config=samples.config()), CONTEXT)

    ((content, content_type, latest_version, description),) = appconfig.created
    flags = json.loads(content)["flags"]
    assert answer == samples.version()
    assert (content_type, latest_version) == ("application/json", 5)
    assert description == mark(base=3)
    assert flags["other"] == {"enabled": True}
    assert flags["new-checkout"]["enabled"] is False
    assert flags["new-checkout"]["metadata"]["rollbackReason"] == (
        "FeatureFlag-new-checkout-ErrorRate: 12.7 > 5.0"
    )


def test_the_content_type_stays_as_it_was_written(appconfig: AppConfig) -> None:
    appconfig.content_type = "application/json; charset=utf-8"

    create_version.handler(task(config=samples.config()), CONTEXT)

    ((_, content_type, _, _),) = appconfig.created
    assert content_type == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("served", "written", "swept", "bare"),
    [(ON, OFF, 0, True), (ON, BOTH_OFF, 1, False), (OFF, BOTH_OFF, 1, False)],
)
def test_what_was_written_before_is_not_written_again_but_its_flags_are_counted(
    appconfig: AppConfig, served: str, written: str, swept: int, *, bare: bool
) -> None:
    appconfig.versions |= {2: served, 4: written}
    own = {"fromVersion": 2, "toVersion": 4, "deploymentNumber": None}

    answer = create_version.handler(task(config=samples.config(own=own)), CONTEXT)

    written_before = {"fromVersion": 2, "toVersion": 4, "sweptFlags": swept, "bare": bare}
    assert answer == samples.version(**written_before)
    assert appconfig.created == []


def test_what_was_written_before_is_read_as_the_profile_has_it(appconfig: AppConfig) -> None:
    appconfig.type = FEATURE_FLAGS
    for version, enabled in ((2, True), (4, False)):
        values = {flag: {"enabled": enabled} for flag in ("new-checkout", "other")}
        appconfig.versions[version] = json.dumps({"version": "1", "values": values})
    own = {"fromVersion": 2, "toVersion": 4, "deploymentNumber": None}
    config = samples.config(own=own, profileType=FEATURE_FLAGS)

    answer = create_version.handler(task(config=config), CONTEXT)

    assert (answer["sweptFlags"], answer["bare"]) == (1, False)


def test_a_version_that_somebody_has_deleted_since_does_not_hinder_the_rollback(
    appconfig: AppConfig,
) -> None:
    assert not appconfig.versions.keys() & {2, 4}
    own = {"fromVersion": 2, "toVersion": 4, "deploymentNumber": None}

    answer = create_version.handler(task(config=samples.config(own=own)), CONTEXT)

    assert answer == samples.version(fromVersion=2, toVersion=4, bare=True)


def test_a_flag_whose_alarm_fires_too_goes_off_with_a_reason_of_its_own(
    appconfig: AppConfig, fires: Fires
) -> None:
    fires()

    assert _swept(appconfig)
    assert _flags(appconfig)["other"]["metadata"]["rollbackReason"] == f"{OTHER}: {OTHER} is high"


@pytest.mark.parametrize(("seconds_ago", "swept"), [(0, True), (299, True), (301, False)])
def test_only_an_alarm_that_rang_within_the_window_sweeps_its_flag(
    appconfig: AppConfig, fires: Fires, seconds_ago: float, *, swept: bool
) -> None:
    fires(seconds_ago)

    assert _swept(appconfig) is swept


def test_the_window_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires
) -> None:
    monkeypatch.setenv("SWEEP_SECONDS", "10")
    fires(11)

    assert not _swept(appconfig)


def test_a_window_of_no_time_sweeps_nothing_and_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig
) -> None:
    def must_not_ask(prefix: str) -> list[FiringAlarm]:
        raise AssertionError(f"asked for {prefix}")

    monkeypatch.setattr(alarms, "firing", must_not_ask)
    monkeypatch.setenv("SWEEP_SECONDS", "0")

    assert not _swept(appconfig)


@pytest.mark.parametrize(("released_ago", "swept"), [(30, True), (10, False)])
def test_a_flag_that_a_person_released_after_its_alarm_rang_stays_on(
    appconfig: AppConfig, fires: Fires, released_ago: float, *, swept: bool
) -> None:
    fires(20)
    released = datetime.now(UTC) - timedelta(seconds=released_ago)

    assert _swept(appconfig, releasedAt=iso(released)) is swept


@pytest.mark.parametrize("name", ["FeatureFlag-gone-ErrorRate", "FeatureFlag-other-Latency"])
def test_an_alarm_that_belongs_to_no_flag_of_the_document_sweeps_nothing(
    appconfig: AppConfig, fires: Fires, name: str
) -> None:
    fires(name=name)

    assert not _swept(appconfig)


def test_the_flags_own_alarm_gives_it_no_second_reason(appconfig: AppConfig, fires: Fires) -> None:
    fires(name="FeatureFlag-new-checkout-ErrorRate")

    assert not _swept(appconfig)
    assert _flags(appconfig)["new-checkout"]["metadata"]["rollbackReason"].endswith(": 12.7 > 5.0")


def test_a_flag_whose_alarm_is_muted_stays_on(
    appconfig: AppConfig, fires: Fires, muted: set[str]
) -> None:
    fires()
    muted.add(OTHER)

    assert not _swept(appconfig)


@pytest.mark.parametrize(("policy", "swept"), [("auto", True), ("notify", False), ("off", False)])
def test_a_flag_that_opted_out_stays_on(
    appconfig: AppConfig, fires: Fires, policy: str, *, swept: bool
) -> None:
    document = json.loads(ON)
    document["flags"]["other"]["metadata"] = {"rollback": policy}
    appconfig.versions[3] = json.dumps(document)
    fires()

    assert _swept(appconfig) is swept


@pytest.mark.parametrize(
    ("given", "swept"),
    [
        pytest.param({"feature-flag-rollback": "auto"}, True, id="auto"),
        pytest.param({"feature-flag-rollback": "notify"}, False, id="notify"),
        pytest.param({"feature-flag-rollback": "off"}, False, id="off"),
        pytest.param({"feature-flag": "new-checkout other"}, True, id="its flag among others"),
        pytest.param({"feature-flag": "dark-mode"}, False, id="another flag"),
        pytest.param(PermissionDeniedError("no"), False, id="unreadable"),
        pytest.param(ResourceMissingError("deleted"), False, id="deleted"),
    ],
)
def test_the_other_alarms_own_tags_must_allow_it(
    appconfig: AppConfig,
    fires: Fires,
    tags: dict[str, dict[str, str] | RollbackError],
    given: dict[str, str] | RollbackError,
    *,
    swept: bool,
) -> None:
    fires()
    tags[OTHER] = given

    assert _swept(appconfig) is swept


def test_that_an_alarms_tags_could_not_be_read_is_told_and_the_others_are_swept(
    appconfig: AppConfig, fires: Fires, tags: dict[str, dict[str, str] | RollbackError]
) -> None:
    flags = {name: {"enabled": True} for name in ("new-checkout", "other", "third")}
    appconfig.versions[3] = json.dumps({"flags": flags})
    tags[OTHER] = PermissionDeniedError("no right")
    fires()
    fires(name="FeatureFlag-third-ErrorRate")

    answer = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (answer["sweptFlags"], answer["notSweptReason"]) == (1, "no right")
    assert _flags(appconfig)["other"]["enabled"]
    assert not _flags(appconfig)["third"]["enabled"]


def test_an_alarm_of_another_name_is_not_swept_along_whatever_its_tags_say(
    appconfig: AppConfig, fires: Fires, tags: dict[str, dict[str, str] | RollbackError]
) -> None:
    fires(name="FeatureFlag-latency")
    tags["FeatureFlag-latency"] = {"feature-flag": "other"}

    assert not _swept(appconfig)


@pytest.mark.parametrize(
    ("attributes", "seconds_ago", "swept"),
    [
        pytest.param({"FeatureFlagName": "other"}, 5, True, id="another flag's"),
        pytest.param({"FeatureFlagName": "other"}, 301, False, id="long ago"),
        pytest.param({"FeatureFlagName": "gone"}, 5, False, id="of no flag"),
        pytest.param({"Host": "other"}, 5, False, id="of a host"),
    ],
)
def test_a_flag_whose_series_of_the_same_alarm_fires_too_goes_off(
    appconfig: AppConfig,
    series: list[FiringAlarm],
    attributes: dict[str, str],
    seconds_ago: float,
    *,
    swept: bool,
) -> None:
    mine = _firing("checkout-errors", FeatureFlagName="new-checkout")
    series += [mine, _firing("checkout-errors", seconds_ago, **attributes)]

    assert _swept(appconfig, alarm=samples.alarm(**_SERIES)) is swept


def test_other_alarms_sweep_their_flags_beside_the_series_of_one(
    appconfig: AppConfig, series: list[FiringAlarm], fires: Fires
) -> None:
    series.append(_firing("checkout-errors", FeatureFlagName="new-checkout"))
    fires()

    assert _swept(appconfig, alarm=samples.alarm(**_SERIES))


def test_a_profile_of_appconfigs_own_flags_is_written_as_such(appconfig: AppConfig) -> None:
    appconfig.type = FEATURE_FLAGS
    appconfig.versions[3] = json.dumps(
        {"version": "1", "values": {"new-checkout": {"enabled": True}}}
    )

    create_version.handler(task(config=samples.config(profileType=FEATURE_FLAGS)), CONTEXT)

    ((content, _, _, _),) = appconfig.created
    assert json.loads(content)["values"]["new-checkout"] == {"enabled": False}


@pytest.mark.parametrize("contributor", [None, _SERIES["contributor"]])
def test_the_name_of_the_executions_own_alarm_sweeps_no_flag(
    appconfig: AppConfig, fires: Fires, series: list[FiringAlarm], contributor: Contributor | None
) -> None:
    """Its series or its tags have said which flags it guards; it is named after another one."""
    fires()
    if contributor:
        series.append(_firing(OTHER, FeatureFlagName="new-checkout"))
    named_by = "contributor" if contributor else "tag"
    own = samples.alarm(
        startedAt=samples.minutes_ago(0),
        alarmName=OTHER,
        alarmArn=_arn(OTHER),
        namedBy=named_by,
        contributor=contributor,
    )

    assert not _swept(appconfig, own)


def test_an_alarm_without_series_is_not_asked_for_them(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires
) -> None:
    monkeypatch.delattr(alarms, "contributors")
    fires()

    assert _swept(appconfig)


def test_series_that_cannot_be_listed_sweep_nothing_and_the_rollback_goes_on(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires
) -> None:
    def refuse(name: str, arn: str) -> list[FiringAlarm]:
        raise PermissionDeniedError(f"{name} {arn}")

    monkeypatch.setattr(alarms, "contributors", refuse)
    fires()

    assert not _swept(appconfig, alarm=samples.alarm(**_SERIES))


def _two(*results: FlagResult) -> TaskInput:
    """The task of an alarm that guards two flags, with what is to become of them."""
    alarm = samples.alarm(flags=["new-checkout", "other"], namedBy="tag")
    return task(alarm=alarm, config=samples.config(flags=list(results)))


def test_all_flags_of_the_alarm_go_off_in_one_version_with_one_reason(
    appconfig: AppConfig, fires: Fires
) -> None:
    fires()  # the other flag has an alarm of its own, and goes off because of this one
    given = _two(samples.flag_result(), samples.flag_result("other"))

    answer = create_version.handler(given, CONTEXT)

    flags = _flags(appconfig)
    assert answer == samples.version()
    assert [flag["enabled"] for flag in flags.values()] == [False, False]
    assert {flag["metadata"]["rollbackReason"] for flag in flags.values()} == {
        "FeatureFlag-new-checkout-ErrorRate: 12.7 > 5.0"
    }


@pytest.mark.parametrize(
    "left",
    [
        samples.flag_result("other", "dry_run"),
        samples.flag_result("other", "opted_out"),
        samples.flag_result("other", "already_off"),
        samples.flag_result("other", "rolled_back", sweptBy="arn:another"),
    ],
    ids=lambda left: left["outcome"],
)
def test_only_those_flags_of_the_alarm_go_off_that_are_to(
    appconfig: AppConfig, fires: Fires, left: FlagResult
) -> None:
    fires()

    assert create_version.handler(_two(samples.flag_result(), left), CONTEXT) == samples.version()
    assert _flags(appconfig)["other"] == {"enabled": True}
    ((_, _, _, description),) = appconfig.created
    assert description.startswith("Automated rollback: flags=1 ")


def test_the_bare_version_has_the_switches_of_all_flags_of_the_alarm(appconfig: AppConfig) -> None:
    given = _two(samples.flag_result(), samples.flag_result("other"))
    given["state"]["refused"] = samples.refused()

    assert create_version.handler(given, CONTEXT)["bare"]
    assert [created[0] for created in appconfig.created] == [BOTH_OFF]


@pytest.mark.parametrize("question", ["firing", "muted", "tags"])
def test_an_sdk_that_does_not_know_what_is_needed_is_red_by_name(
    monkeypatch: pytest.MonkeyPatch, fires: Fires, question: str
) -> None:
    def fail(*_: object) -> None:
        raise SdkModelError("no model")

    fires()
    monkeypatch.setattr(alarms, question, fail)

    with pytest.raises(SdkModelError):
        create_version.handler(task(config=samples.config()), CONTEXT)


@pytest.mark.parametrize("question", ["firing", "muted"])
@pytest.mark.parametrize("error", [PermissionDeniedError("no"), RetryLaterError("later")])
def test_what_cannot_be_asked_sweeps_nothing_and_the_rollback_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    appconfig: AppConfig,
    fires: Fires,
    log_lines: LogLines,
    question: str,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    fires()
    monkeypatch.setattr(alarms, question, fail)

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (written["sweptFlags"], written["notSweptReason"]) == (0, str(error))
    ((content, *_),) = appconfig.created
    assert json.loads(content)["flags"]["other"]["enabled"] is True
    assert "Cannot tell which" in [line["message"][:17] for line in log_lines()]


@pytest.fixture
def three_flags(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires, firing: list[FiringAlarm]
) -> None:
    """All are on; the alarm of `other` fires, and that of `later` may while it is looked."""
    names = ["new-checkout", "other", "later"]
    appconfig.versions[3] = json.dumps({"flags": {name: {"enabled": True} for name in names}})
    fires()
    monkeypatch.setattr(alarms, "firing", lambda _: list(firing))


def _let_reading_tags_take(
    seconds: float, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]
) -> None:
    """Let time pass, and something happen, while the first alarm's tags are read."""
    began = datetime.now(UTC)
    passed = [timedelta(0)]

    def read(_arn: str) -> dict[str, str]:
        if not passed[0]:
            passed[0] = timedelta(seconds=seconds)
            meanwhile()
        return {}

    monkeypatch.setattr(clock, "now", lambda: began + passed[0])
    monkeypatch.setattr(alarms, "tags", read)


@pytest.mark.usefixtures("three_flags")
@pytest.mark.parametrize(("seconds", "swept"), [(0.9, 1), (1.1, 2)])
def test_what_fires_while_tags_are_long_being_read_goes_off_too(
    monkeypatch: pytest.MonkeyPatch,
    appconfig: AppConfig,
    fires: Fires,
    seconds: float,
    swept: int,
) -> None:
    _let_reading_tags_take(seconds, monkeypatch, lambda: fires(0, LATER))

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert written["sweptFlags"] == swept
    assert _flags(appconfig)["later"]["enabled"] is (swept == 1)


@pytest.mark.usefixtures("three_flags")
@pytest.mark.parametrize("muted_meanwhile", [True, False])
def test_what_fires_meanwhile_and_may_not_go_off_stays_on(
    monkeypatch: pytest.MonkeyPatch,
    appconfig: AppConfig,
    fires: Fires,
    muted: set[str],
    *,
    muted_meanwhile: bool,
) -> None:
    if muted_meanwhile:
        muted.add(LATER)
    _let_reading_tags_take(2, monkeypatch, lambda: fires(0 if muted_meanwhile else 400, LATER))

    assert create_version.handler(task(config=samples.config()), CONTEXT)["sweptFlags"] == 1
    assert _flags(appconfig)["later"]["enabled"] is True


@pytest.mark.usefixtures("three_flags")
@pytest.mark.parametrize("meanwhile", ["it recovers", "it is muted"])
def test_what_is_quiet_once_the_tags_have_been_read_stays_on(
    monkeypatch: pytest.MonkeyPatch,
    appconfig: AppConfig,
    firing: list[FiringAlarm],
    muted: set[str],
    meanwhile: str,
) -> None:
    quiet = firing.clear if meanwhile == "it recovers" else lambda: muted.add(OTHER)
    _let_reading_tags_take(2, monkeypatch, quiet)

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (written["sweptFlags"], len(appconfig.created)) == (0, 1)


@pytest.mark.parametrize(
    "refusal",
    [
        refusal("CreateHostedConfigurationVersion", 413, "PayloadTooLargeException"),
        refusal("CreateHostedConfigurationVersion", 400, "BadRequestException"),
        refusal("CreateHostedConfigurationVersion", 429, "ThrottlingException"),
    ],
    ids=str,
)
def test_where_the_other_flags_do_not_fit_in_these_go_off_alone(
    appconfig: AppConfig, fires: Fires, refusal: Exception
) -> None:
    fires()

    def refuse_a_second() -> None:
        if 6 in appconfig.versions:
            raise refusal

    appconfig.meanwhile["CreateHostedConfigurationVersion"] = refuse_a_second

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (written["toVersion"], written["sweptFlags"]) == (6, 0)
    assert "creating a version" in written["notSweptReason"]
    assert json.loads(appconfig.versions[6])["flags"]["other"]["enabled"] is True


def test_a_second_version_that_is_throttled_is_tried_again(
    appconfig: AppConfig, fires: Fires
) -> None:
    fires()
    throttling = iter([refusal("CreateHostedConfigurationVersion", 429, "ThrottlingException")])

    def throttle_a_second_once() -> None:
        if 6 in appconfig.versions:
            for error in throttling:
                raise error

    appconfig.meanwhile["CreateHostedConfigurationVersion"] = throttle_a_second_once

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (written["toVersion"], written["sweptFlags"]) == (7, 1)


def test_who_writes_between_the_two_versions_is_not_overruled(
    appconfig: AppConfig, fires: Fires
) -> None:
    fires()

    def write() -> None:
        if 6 in appconfig.versions:
            appconfig.versions[7] = ON

    appconfig.meanwhile["CreateHostedConfigurationVersion"] = write

    with pytest.raises(RefreshRequiredError):
        create_version.handler(task(config=samples.config()), CONTEXT)
    assert max(appconfig.versions) == 7


def test_what_was_swept_stays_so_where_the_second_look_fails(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires, firing: list[FiringAlarm]
) -> None:
    fires()
    answers = [list(firing)]

    def ask(_prefix: str) -> list[FiringAlarm]:
        if answers:
            return answers.pop()
        raise RetryLaterError("later")

    monkeypatch.setattr(alarms, "firing", ask)
    _let_reading_tags_take(2, monkeypatch, lambda: None)

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (written["sweptFlags"], written["notSweptReason"]) == (1, "later")
    assert _flags(appconfig)["other"]["enabled"] is False


@pytest.mark.usefixtures("three_flags")
def test_what_could_not_be_asked_at_first_is_told_after_a_second_look_that_could(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires
) -> None:
    began, asked = datetime.now(UTC), []

    def read(arn: str) -> dict[str, str]:
        asked.append(arn)
        if arn == _arn(OTHER):
            fires(0, LATER)
            raise PermissionDeniedError("no right to ask")
        return {}

    monkeypatch.setattr(alarms, "tags", read)
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=2 * bool(asked)))

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert (written["sweptFlags"], written["notSweptReason"]) == (1, "no right to ask")
    assert _flags(appconfig)["later"]["enabled"] is False


def test_all_that_fire_go_off_in_one_version(appconfig: AppConfig, fires: Fires) -> None:
    names = [f"flag-{number}" for number in range(100)]
    flags = {name: {"enabled": True} for name in ["new-checkout", *names]}
    appconfig.versions[3] = json.dumps({"flags": flags})
    for name in names:
        fires(name=f"FeatureFlag-{name}-ErrorRate")

    answer = create_version.handler(task(config=samples.config()), CONTEXT)

    assert answer["sweptFlags"] == 100
    assert not any(flag["enabled"] for flag in _flags(appconfig).values())


def test_what_goes_off_along_is_a_second_version_on_top_of_the_first(
    appconfig: AppConfig, fires: Fires
) -> None:
    fires()

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    (first, _, base, said), (second, _, on_top_of, said_then) = appconfig.created
    assert [each["enabled"] for each in json.loads(first)["flags"].values()] == [False, True]
    assert [each["enabled"] for each in json.loads(second)["flags"].values()] == [False, False]
    assert (base, on_top_of, written["toVersion"]) == (5, 6, 7)
    assert said.startswith("Automated rollback: flags=1 ")
    assert said_then.startswith("Automated rollback: flags=2 ")


def test_who_loses_the_race_asks_nothing_of_the_other_alarms(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires
) -> None:
    fires()
    asked: list[str] = []
    monkeypatch.setattr(alarms, "tags", asked.append)
    monkeypatch.setattr(alarms, "muted", lambda: asked.append("muted"))
    appconfig.versions[6] = OFF

    with pytest.raises(RefreshRequiredError):
        create_version.handler(task(config=samples.config()), CONTEXT)
    assert asked == []


@pytest.mark.parametrize("question", ["firing", "tags"])
@pytest.mark.parametrize(("throttled", "swept"), [(5, 1), (6, 0)])
def test_who_wins_the_race_asks_anew_what_was_throttled(
    monkeypatch: pytest.MonkeyPatch,
    appconfig: AppConfig,
    fires: Fires,
    question: str,
    throttled: int,
    swept: int,
) -> None:
    fires()
    times = throttled if question == "firing" else throttled - 1  # it is not asked ahead of it
    answer = getattr(alarms, question)
    throttling = iter([RetryLaterError("slower")] * times)

    def ask(of: str) -> object:
        for throttled_once in throttling:
            raise throttled_once
        return answer(of)

    monkeypatch.setattr(alarms, question, ask)

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert written["sweptFlags"] == swept
    assert written.get("notSweptReason") == (None if swept else "slower")
    assert len(appconfig.created) == 1 + swept


def test_the_flag_does_not_wait_for_a_cloudwatch_that_is_slow(
    monkeypatch: pytest.MonkeyPatch, appconfig: AppConfig, fires: Fires
) -> None:
    fires()
    fires(name=LATER)
    names = ["new-checkout", "other", "later"]
    appconfig.versions[3] = json.dumps({"flags": {name: {"enabled": True} for name in names}})
    began, asked = datetime.now(UTC), []

    def read(arn: str) -> dict[str, str]:
        asked.append(arn)
        raise RetryLaterError("slower")

    monkeypatch.setattr(create_version, "_SIDE_BY_SIDE", 1)
    monkeypatch.setattr(alarms, "tags", read)
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=16 * bool(asked)))

    written = create_version.handler(task(config=samples.config()), CONTEXT)

    assert asked == [_arn(OTHER)]
    assert written["sweptFlags"] == 0
    assert "no time left" in written["notSweptReason"]


def test_a_version_that_is_refused_with_notes_calls_for_the_bare_switch(
    appconfig: AppConfig,
) -> None:
    appconfig.refuses = "rollbackReason"

    with pytest.raises(BareSwitchRequiredError, match=r"^'rollbackReason' is not allowed$"):
        create_version.handler(task(config=samples.config()), CONTEXT)


def test_the_bare_switch_has_no_notes_and_sweeps_nothing(
    appconfig: AppConfig, fires: Fires
) -> None:
    fires()

    answer = create_version.handler(
        task(config=samples.config(), refused=samples.refused()), CONTEXT
    )

    assert [created[0] for created in appconfig.created] == [OFF]
    assert answer == samples.version(bare=True, refusedReason="no notes allowed")


def test_a_bare_switch_that_is_refused_is_an_error_that_a_person_fixes(
    appconfig: AppConfig,
) -> None:
    appconfig.refuses = "false"

    with pytest.raises(InvalidConfigurationError, match="'false' is not allowed"):
        create_version.handler(task(config=samples.config(), refused=samples.refused()), CONTEXT)


def test_where_the_shape_has_no_notes_there_is_nothing_less_to_write(appconfig: AppConfig) -> None:
    appconfig.versions[3] = '{"new-checkout": true}'
    appconfig.refuses = "false"

    with pytest.raises(InvalidConfigurationError):
        create_version.handler(task(config=samples.config()), CONTEXT)


def test_a_long_refusal_is_cut() -> None:
    answer = create_version.handler(
        task(config=samples.config(), refused=samples.refused("x" * 30_000)), CONTEXT
    )

    assert len(answer["refusedReason"] or "") == 1000
