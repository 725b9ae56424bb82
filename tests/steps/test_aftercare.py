"""The functions of a watch: what begins one, what it looks at, and what it counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import look_after
import record_aftercare
import start_aftercare
import tell_aftercare
from appconfig_rollback.adapters import alarms, executions, experiments
from appconfig_rollback.adapters.alarms import FiringAlarm
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.errors import (
    NotAStatusEventError,
    NoticeNotSentError,
    PermissionDeniedError,
    ResourceMissingError,
    RetryLaterError,
)
from appconfig_rollback.flag_document import FEATURE_FLAGS
from tests import samples, watches
from tests.appconfig import OFF, ON, SHOWING
from tests.samples import ARN, CONTEXT, FLAG
from tests.watches import AGAIN, alarm, begun, looked, recovered, task

if TYPE_CHECKING:
    from appconfig_rollback.aftercare.watch import AlarmSeen, Look
    from appconfig_rollback.experiments import Experiments
    from appconfig_rollback.exposure import Exposure
    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import State
    from tests.appconfig import AppConfig

Started = list[tuple[str, str, Any]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """What was started; the history tells of a rollback that turned a flag off."""
    found: Started = []

    def start(machine: str, name: str, text: str) -> bool:
        found.append((machine, name, json.loads(text)))
        return True

    monkeypatch.setattr(executions, "start", start)
    monkeypatch.setattr(executions, "last_state_data", lambda _: watches.ended())
    return found


def event(output: object = None) -> dict[str, Any]:
    text = json.dumps(samples.result()) if output is None else output
    return {"detail": {"executionArn": ARN, "status": "SUCCEEDED", "output": text}}


def test_a_rollback_that_turned_a_flag_off_is_watched_under_its_own_name(started: Started) -> None:
    assert start_aftercare.handler(event(), CONTEXT) == {"begun": True, "reason": ""}

    ((machine, name, state),) = started
    assert machine.endswith(":stateMachine:flag-rollback-aftercare")
    assert name == "run-1"
    assert state["watch"]["rollback"] == ARN
    assert state["watch"]["flags"] == [FLAG]
    assert state["watch"]["watchSeconds"] == 900


def test_the_flags_that_were_swept_along_are_watched_too(
    started: Started, appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    appconfig.type = FEATURE_FLAGS
    native = (
        '{"version": "1", "values": {"new-checkout": {"enabled": %s}, "search": {"enabled": %s}}}'
    )
    appconfig.versions |= {3: native % ("true", "true"), 6: native % ("false", "false")}
    told = watches.ended(
        config=samples.config(profileType=FEATURE_FLAGS), version=samples.version(sweptFlags=1)
    )
    asked: list[str] = []

    def last_state_data(arn: str) -> State:
        asked.append(arn)
        return told

    monkeypatch.setattr(executions, "last_state_data", last_state_data)

    start_aftercare.handler(event(), CONTEXT)

    watch = started[0][2]["watch"]
    assert (watch["flags"], watch["sweptFlags"]) == ([FLAG, "search"], ["search"])
    assert asked == [ARN]


@pytest.mark.parametrize(
    "state",
    [
        watches.ended(
            result=samples.result("rollout_stopped"), version=samples.version(sweptFlags=1)
        ),
        watches.ended(version=samples.version(sweptFlags=0)),
    ],
)
def test_what_swept_nothing_along_reads_no_documents(
    started: Started, appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    monkeypatch.setattr(executions, "last_state_data", lambda _: state)

    start_aftercare.handler(event(), CONTEXT)

    assert started[0][2]["watch"]["sweptFlags"] == []
    assert appconfig.read == []


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("cut", ["", '{"outcome": "rolled_', "[]", 7])
def test_an_output_that_the_event_leaves_out_or_cuts_is_read(
    monkeypatch: pytest.MonkeyPatch, cut: object
) -> None:
    def output(arn: str) -> str:
        assert arn == ARN
        return json.dumps(samples.result())

    monkeypatch.setattr(executions, "output", output)

    assert start_aftercare.handler(event(cut), CONTEXT)["begun"] is True


def test_what_changed_nothing_begins_no_watch_and_reads_nothing_more(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "last_state_data", None)

    output = json.dumps(samples.undeployed("already_off"))
    assert start_aftercare.handler(event(output), CONTEXT) == {
        "begun": False,
        "reason": "it turned nothing off itself",
    }
    assert started == []


@pytest.mark.usefixtures("started")
def test_a_second_call_begins_no_second_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "start", lambda *_: False)

    assert start_aftercare.handler(event(), CONTEXT) == {
        "begun": False,
        "reason": "it is watched already",
    }


def test_a_stack_that_watches_nothing_begins_none(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCH_MINUTES", "0")
    settings.cache_clear()

    assert start_aftercare.handler(event(), CONTEXT) == {
        "begun": False,
        "reason": "the stack's WatchMinutes is 0",
    }
    assert started == []


@pytest.mark.parametrize("wrong", [{}, {"detail": None}, {"detail": {"executionArn": 7}}])
def test_what_is_no_news_of_an_execution_has_a_named_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAStatusEventError, match=r"expected EventBridge's"):
        start_aftercare.handler(wrong, CONTEXT)


def test_an_execution_without_an_output_has_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "output", lambda _: "")

    with pytest.raises(NotAStatusEventError, match="output"):
        start_aftercare.handler(event(""), CONTEXT)


@pytest.mark.usefixtures("started")
def test_a_history_that_lags_behind_is_read_again_and_then_is_an_error(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    told: list[State] = [{}, watches.ended()]
    monkeypatch.setattr(executions, "last_state_data", lambda _: told.pop(0))
    assert start_aftercare.handler(event(), CONTEXT)["begun"] is True
    assert len(pauses) == 1

    monkeypatch.setattr(executions, "last_state_data", lambda _: {})
    with pytest.raises(RetryLaterError, match="history"):
        start_aftercare.handler(event(), CONTEXT)


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> dict[str, AlarmSeen]:
    """How alarms stand by their names: the rollback's own is OK until a test says otherwise."""
    own = alarm()
    found = {own["alarmName"]: own}
    monkeypatch.setattr(
        alarms, "seen", lambda names: {name: found[name] for name in names if name in found}
    )
    return found


def look(**changed: Any) -> Look:
    return look_after.handler(task(begun(**changed)), CONTEXT)


@pytest.mark.usefixtures("stand")
def test_a_flag_that_is_on_in_what_is_served_was_turned_on_again() -> None:
    found = look()

    # The served document of the tests has the flag on.
    assert [each["state"] for each in found["flags"]] == ["on"]
    assert found["result"] == "turned_on_again"
    assert found["turnedOnAgain"] is not None
    assert found["turnedOnAgain"]["flags"] == [FLAG]
    assert found["turnedOnAgain"]["deploymentNumber"] is not None

    assert found["turnedOnAgain"] == {
        "flags": [FLAG],
        "deploymentNumber": 7,
        "version": 3,
        "description": "",
        "reason": "version 3, which is served, has it on",
        "seenAt": found["lookedAt"],
    }
    assert found["flags"] == [
        {"flag": FLAG, "state": "on", "reason": "version 3, which is served, has it on"}
    ]


@pytest.mark.usefixtures("stand")
def test_a_rollout_that_turns_a_flag_on_again_is_named(appconfig: AppConfig) -> None:
    appconfig.versions |= {3: OFF, 6: ON}
    appconfig.put(9, "DEPLOYING", 6, description="release 4.2 by the pipeline")

    again = look()["turnedOnAgain"]

    assert again is not None
    assert (again["deploymentNumber"], again["version"]) == (9, 6)
    assert again["description"] == "release 4.2 by the pipeline"


@pytest.mark.usefixtures("stand")
def test_an_experiment_that_shows_a_flag_again_is_no_deployment(appconfig: AppConfig) -> None:
    appconfig.versions |= {3: OFF, 6: OFF}
    appconfig.runs = [SHOWING]
    appconfig.put(9, "DEPLOYING", 6, description="release 4.2 by the pipeline")

    again = look()["turnedOnAgain"]

    assert again is not None
    assert (again["deploymentNumber"], again["version"], again["description"]) == (None, None, "")
    assert again["reason"].startswith("run 3 of experiment 'checkout-test' (exp1234) shows it")


@pytest.mark.usefixtures("stand")
@pytest.mark.parametrize("rolling", [True, False])
def test_a_profile_of_appconfigs_own_flags_is_watched_as_such(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch, *, rolling: bool
) -> None:
    appconfig.type = FEATURE_FLAGS
    of_profile = experiments.of_profile

    def asked(profile_type: str) -> Experiments:
        assert profile_type == FEATURE_FLAGS
        return of_profile(profile_type)

    monkeypatch.setattr(experiments, "of_profile", asked)
    for version, enabled in ((3, False), (6, True)):
        values = {FLAG: {"enabled": enabled}}
        appconfig.versions[version] = json.dumps({"version": "1", "values": values})
    if rolling:
        appconfig.put(9, "DEPLOYING", 6)

    (seen,) = look(config=samples.config(profileType=FEATURE_FLAGS))["flags"]

    assert seen["state"] == ("on" if rolling else "off")


@pytest.mark.usefixtures("stand")
def test_a_flag_that_is_gone_is_unknown_and_never_off() -> None:
    result = samples.result(flags=[samples.flag_result("gone"), samples.flag_result()])

    gone, there = look(result=result)["flags"]

    assert (gone["flag"], gone["state"]) == ("gone", "unknown")
    assert gone["reason"].startswith("expected a flag 'gone'")
    assert (there["flag"], there["state"]) == (FLAG, "on")


@pytest.mark.usefixtures("stand")
def test_a_look_that_is_not_allowed_is_red_and_no_unknown_flag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def denied(*_: object, **__: object) -> Exposure:
        raise PermissionDeniedError("appconfig:ListExperimentRuns")

    monkeypatch.setattr(look_after, "exposure", denied)

    with pytest.raises(PermissionDeniedError):
        look()


def test_an_alarm_that_is_gone_is_no_data(stand: dict[str, AlarmSeen]) -> None:
    stand.clear()

    assert look()["alarms"] == [
        {
            "alarmName": f"FeatureFlag-{FLAG}-ErrorRate",
            "series": None,
            "state": "GONE",
            "since": None,
            "reason": "there is no such alarm any more",
        }
    ]


def series(*flags: str) -> list[FiringAlarm]:
    at = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
    return [
        FiringAlarm(
            "by-flag", "9 > 5", at, "", {"id": flag, "attributes": {"FeatureFlagName": flag}}
        )
        for flag in flags
    ]


@pytest.mark.parametrize(
    ("whole", "firing", "states"),
    [
        ("ALARM", [FLAG], {FLAG: "ALARM", "search": "OK"}),
        ("OK", [], {FLAG: "OK", "search": "OK"}),
        ("INSUFFICIENT_DATA", [], {FLAG: "INSUFFICIENT_DATA", "search": "INSUFFICIENT_DATA"}),
        (None, [], {None: "GONE"}),
    ],
)
def test_each_series_is_looked_at_and_one_that_is_not_listed_is_ok_only_with_data(
    stand: dict[str, AlarmSeen],
    monkeypatch: pytest.MonkeyPatch,
    whole: Any,  # noqa: ANN401 - a state, or none
    firing: list[str],
    states: dict[str, str],
) -> None:
    if whole:
        stand["by-flag"] = alarm(whole, alarmName="by-flag")

    def contributors(name: str) -> list[FiringAlarm]:
        assert (name, bool(whole)) == ("by-flag", True)
        return series(*firing)

    monkeypatch.setattr(alarms, "contributors", contributors)
    contributor = {"id": "c1", "attributes": {"FeatureFlagName": FLAG}}
    of_series = samples.alarm(alarmName="by-flag", contributor=contributor)

    found = look(swept=["search"], alarm=of_series)["alarms"]

    assert {each["series"]: each["state"] for each in found} == states
    assert {each["alarmName"] for each in found} == {"by-flag"}
    for each in found:
        fired = each["state"] == "ALARM"
        assert each["since"] == ("2026-03-02T17:05:00.000Z" if fired else None)
        assert each["reason"] == (
            "9 > 5"
            if fired
            else "the series is not among those in ALARM"
            if whole
            else "there is no such alarm any more"
        )


def test_a_swept_flag_with_an_alarm_of_its_own_is_no_series(
    stand: dict[str, AlarmSeen], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand["by-flag"] = alarm(alarmName="by-flag")
    stand["FeatureFlag-search-ErrorRate"] = alarm("ALARM", alarmName="FeatureFlag-search-ErrorRate")
    monkeypatch.setattr(alarms, "contributors", lambda _: series())
    contributor = {"id": "c1", "attributes": {"FeatureFlagName": FLAG}}

    found = look(
        swept=["search"], alarm=samples.alarm(alarmName="by-flag", contributor=contributor)
    )

    assert [(each["alarmName"], each["series"], each["state"]) for each in found["alarms"]] == [
        ("by-flag", FLAG, "OK"),
        ("FeatureFlag-search-ErrorRate", None, "ALARM"),
    ]


def test_an_alarm_that_goes_between_two_calls_is_gone(
    stand: dict[str, AlarmSeen], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> list[FiringAlarm]:
        raise ResourceMissingError("gone")

    stand["by-flag"] = alarm(alarmName="by-flag")
    monkeypatch.setattr(alarms, "contributors", missing)
    contributor = {"id": "c1", "attributes": {"FeatureFlagName": FLAG}}

    found = look(alarm=samples.alarm(alarmName="by-flag", contributor=contributor))

    assert [each["state"] for each in found["alarms"]] == ["GONE"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    metrics: list[Any] = []
    monkeypatch.setattr(record_aftercare, "put", metrics.extend)
    return metrics


def counted(metrics: list[Any]) -> list[tuple[Any, ...]]:
    return [
        (each["MetricName"], each["Unit"], *(d["Value"] for d in each.get("Dimensions", [])))
        for each in metrics
    ]


def test_recovery_is_counted_and_measured(written: list[Any]) -> None:
    record_aftercare.handler(task(recovered()), CONTEXT)

    assert counted(written) == [
        ("RollbackHelped", "Count", FLAG, "recovered"),
        ("AlarmToRecovery", "Seconds"),
    ]
    assert written[1]["Value"] == pytest.approx(120.011)


def test_what_an_alarm_does_once_the_flag_is_on_again_is_not_counted(written: list[Any]) -> None:
    record_aftercare.handler(task(looked(result="turned_on_again", turnedOnAgain=AGAIN)), CONTEXT)
    assert counted(written) == [("RollbackHelped", "Count", FLAG, "turned_on_again")]

    written.clear()
    record_aftercare.handler(task(recovered(turnedOnAgain=AGAIN)), CONTEXT)
    assert written == []


def test_what_is_counted_is_one_of_a_flag_and_a_result(written: list[Any]) -> None:
    assert record_aftercare.handler(task(recovered()), CONTEXT)["names"] == [
        "RollbackHelped",
        "AlarmToRecovery",
    ]

    assert written[0]["Value"] == 1
    assert written[0]["Dimensions"] == [
        {"Name": "FeatureFlagName", "Value": FLAG},
        {"Name": "Result", "Value": "recovered"},
    ]


def test_the_result_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Notice] = []

    def publish(notice: Notice) -> str:
        published.append(notice)
        return "message-1"

    monkeypatch.setattr(tell_aftercare, "publish", publish)

    assert tell_aftercare.handler(task(recovered()), CONTEXT) == {"messageId": "message-1"}
    document = json.loads(published[0].messages["default"])
    assert (document["outcome"], document["environment"]) == ("recovered", "env1234")


def test_a_result_that_cannot_be_told_is_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def publish(_: Notice) -> str:
        raise PermissionDeniedError("no sns:Publish")

    monkeypatch.setattr(tell_aftercare, "publish", publish)

    with pytest.raises(NoticeNotSentError) as raised:
        tell_aftercare.handler(task(recovered()), CONTEXT)

    assert str(raised.value) == (
        f"the watch over {ARN} came to recovered, but the notice of it could not be sent. "
        "no sns:Publish"
    )


def test_a_drill_is_not_counted(written: list[Any]) -> None:
    state = recovered()
    state["watch"]["alarm"]["drill"] = True

    assert record_aftercare.handler(task(state), CONTEXT) == {"names": []}
    assert written == []
