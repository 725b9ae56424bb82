"""ParseAlarm tells which flags are meant, and whether there is anything to do about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import parse_alarm
from appconfig_rollback.adapters import alarms
from appconfig_rollback.errors import (
    AlarmNameMismatchError,
    NotAnAlarmError,
    PermissionDeniedError,
    TooManyFlagsError,
)
from appconfig_rollback.times import moment
from tests import samples
from tests.events import sample
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Alarm, Contributor
    from appconfig_rollback.untyped import Json


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """The alarms, or series, that CloudWatch is asked for, with the state that it answers."""
    states: dict[str, str | None] = {}

    def current_state(name: str, contributor: Contributor | None = None) -> str | None:
        which = f"{name} {contributor['id']}" if contributor else name
        assert which in states, f"nobody should ask for {which}"
        return states[which]

    monkeypatch.setattr(alarms, "current_state", current_state)
    return states


@pytest.fixture(autouse=True)
def tagged(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """The alarms whose tags are asked for by their ARNs, with the tags."""
    tags: dict[str, dict[str, str]] = {}

    def read(arn: str) -> dict[str, str]:
        assert arn in tags, f"nobody should ask for the tags of {arn}"
        return tags[arn]

    monkeypatch.setattr(alarms, "tags", read)
    return tags


def _parsed(source: object, **execution: Any) -> Alarm:
    return parse_alarm.handler(task(samples.execution(Input=source, **execution)), CONTEXT)


def _fired(minutes: float, name: str = "metric_alarm", **detail: Any) -> Json:
    event = sample(name)
    event["detail"]["state"]["timestamp"] = samples.minutes_ago(minutes)
    event["detail"] |= detail
    return event


def _series(minutes: float = 0, **attributes: str) -> Json:
    """News of one series of an alarm with several."""
    series = {"id": "6d442278dba546f6", "attributes": attributes}
    return _fired(minutes, "multi_series_contributor", alarmContributor=series)


def _by_sns(name: str, **more: Any) -> Json:
    """What SNS hands over of an alarm of that name."""
    fired = {"StateChangeTime": samples.minutes_ago(0), "AlarmArn": _ARN}
    return {**sample("sns_message"), **fired, "AlarmName": name, **more}


_ARN = "arn:aws:cloudwatch:eu-west-3:210987654321:alarm:checkout-errors"


def test_a_fresh_alarm_calls_for_a_rollback_of_its_flag() -> None:
    event = _fired(1)

    before = datetime.now(UTC)
    alarm = _parsed(event)

    began = moment(alarm.pop("startedAt"))  # type: ignore[misc]
    assert abs((began - before).total_seconds()) < 60
    assert alarm == {
        "flags": ["new-checkout"],
        "namedBy": "name",
        "contributor": None,
        "policy": None,
        "alarmName": "FeatureFlag-new-checkout-ErrorRate",
        "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
        "FeatureFlag-new-checkout-ErrorRate",
        "state": "ALARM",
        "reason": event["detail"]["state"]["reason"],
        "transitionedAt": event["detail"]["state"]["timestamp"],
        "region": "us-east-1",
        "account": "123456789012",
        "ignoredReason": None,
        "measured": {
            "values": [12.7],
            "threshold": 5.0,
            "periodSeconds": 60,
            "since": "2026-03-02T17:03:00.000Z",
            "statistic": "Average",
        },
        "breachedSince": "2026-03-02T17:03:00.000Z",
        "drill": False,
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ok_transition", "the alarm went to OK, not to ALARM"),
        ("composite_alarm_suppressed", "the alarm's actions are suppressed by WaitPeriod"),
        ("muted_alarm", "the alarm is muted by arn:aws:cloudwatch:eu-west-1:210987654321:"),
    ],
)
def test_an_alarm_that_calls_for_nothing_is_ignored_with_the_reason(name: str, reason: str) -> None:
    alarm = _parsed(_fired(0, name))

    assert alarm["ignoredReason"] is not None
    assert str(alarm["ignoredReason"]).startswith(reason)


def test_an_old_alarm_counts_while_it_still_fires(asked: dict[str, str | None]) -> None:
    asked["FeatureFlag-new-checkout-ErrorRate"] = "ALARM"

    assert _parsed(_fired(16))["ignoredReason"] is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [("OK", "is in state OK now"), (None, "is in state deleted now")],
)
def test_an_old_alarm_that_fires_no_more_is_ignored(
    asked: dict[str, str | None], now: str | None, reason: str
) -> None:
    asked["FeatureFlag-new-checkout-ErrorRate"] = now

    alarm = _parsed(_fired(16))

    assert alarm["ignoredReason"] is not None
    assert alarm["ignoredReason"] == (
        f"the alarm fired 16 minutes ago and the alarm {reason} (parameter MaxAlarmAgeMinutes)"
    )


def test_an_alarm_that_is_not_quite_old_is_not_asked_for() -> None:
    assert _parsed(_fired(14.9))["ignoredReason"] is None


def test_a_redrive_is_a_persons_decision_that_age_does_not_overrule() -> None:
    assert _parsed(_fired(600), RedriveTime="2026-03-02T20:00:00Z")["ignoredReason"] is None


def test_a_redrive_does_not_overrule_that_the_alarm_is_muted() -> None:
    assert _parsed(_fired(0, "muted_alarm"), RedriveTime="2026-03-02T20:00:00Z")["ignoredReason"]


def test_an_alarm_without_a_time_rang_when_the_execution_started() -> None:
    started = samples.minutes_ago(2)
    event = {"detail": {"alarmName": "FeatureFlag-a-ErrorRate", "state": {"value": "ALARM"}}}

    assert _parsed(event, StartTime=started)["transitionedAt"] == started


def test_an_alarm_of_another_name_is_an_error(tagged: dict[str, dict[str, str]]) -> None:
    event = _fired(0)
    event["detail"]["alarmName"] = "Disk full"
    tagged[event["resources"][0]] = {}

    with pytest.raises(AlarmNameMismatchError, match=r"FeatureFlag-<flag>-ErrorRate.*'Disk full'"):
        _parsed(event)


@pytest.mark.parametrize("source", [None, [], "hello", {"flag": "new-checkout"}])
def test_an_input_that_is_no_alarm_is_an_error(source: object) -> None:
    with pytest.raises(NotAnAlarmError):
        _parsed(source)


def test_prefix_and_suffix_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARM_NAME_PREFIX", "FeatureFlag-new-")
    monkeypatch.setenv("ALARM_NAME_SUFFIX", "Rate")

    assert _parsed(_fired(0))["flags"] == ["checkout-Error"]


def test_a_stack_that_is_off_ignores_every_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBACK_MODE", "off")

    alarm = _parsed(_fired(0), RedriveTime="2026-03-02T20:00:00Z")

    assert alarm["ignoredReason"] == "the stack's parameter Mode is off"


def test_a_stack_that_only_tells_still_acts_on_the_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBACK_MODE", "notify")

    assert _parsed(_fired(0))["ignoredReason"] is None


def test_the_series_that_fires_names_its_flag_before_the_alarms_tags_and_name() -> None:
    event = _series(FeatureFlagName="dark-mode", Host="a")
    event["detail"] |= {"alarmTags": {"feature-flag": "other"}, "alarmTagsStatus": "SUCCESS"}

    alarm = _parsed(event)

    assert (alarm["flags"], alarm["namedBy"]) == (["dark-mode"], "contributor")
    assert alarm["contributor"] == {
        "id": "6d442278dba546f6",
        "attributes": {"FeatureFlagName": "dark-mode", "Host": "a"},
    }
    assert alarm["ignoredReason"] is None


def test_a_series_that_names_no_flag_leaves_it_to_the_alarms_name() -> None:
    alarm = _parsed(_series(Host="a"))

    assert (alarm["flags"], alarm["namedBy"]) == (["beta.upload"], "name")


@pytest.mark.parametrize(("now", "ignored"), [("ALARM", False), ("OK", True), (None, True)])
def test_an_old_series_counts_while_it_fires_itself(
    asked: dict[str, str | None], now: str | None, *, ignored: bool
) -> None:
    asked["FeatureFlag-beta.upload-ErrorRate 6d442278dba546f6"] = now

    reason = _parsed(_series(16, FeatureFlagName="dark-mode"))["ignoredReason"]

    told = f"the alarm fired 16 minutes ago and its series is in state {now or 'deleted'} now"
    assert reason == (f"{told} (parameter MaxAlarmAgeMinutes)" if ignored else None)


def test_tags_that_come_along_name_the_flags_of_an_alarm_of_any_name() -> None:
    tags = {"feature-flag": "a b", "feature-flag-2": "c a", "feature-flag-rollback": "notify"}
    event = _fired(0, alarmName="Disk full", alarmTags=tags, alarmTagsStatus="SUCCESS")

    alarm = _parsed(event)

    assert (alarm["flags"], alarm["namedBy"]) == (["a", "b", "c"], "tag")
    assert (alarm["policy"], alarm["ignoredReason"]) == ("notify", None)


def test_tags_that_did_not_come_along_are_read(tagged: dict[str, dict[str, str]]) -> None:
    event = _fired(0, alarmName="Disk full", alarmTagsStatus="FAILED")
    tagged[event["resources"][0]] = {"feature-flag": "dark-mode"}

    alarm = _parsed(event)

    assert (alarm["flags"], alarm["namedBy"]) == (["dark-mode"], "tag")
    assert (alarm["policy"], alarm["ignoredReason"]) == ("auto", None)


def test_tags_that_did_not_come_along_come_before_the_name(
    tagged: dict[str, dict[str, str]],
) -> None:
    event = _fired(0, alarmTagsStatus="FAILED")
    tagged[event["resources"][0]] = {"feature-flag": "dark-mode"}

    assert _parsed(event)["flags"] == ["dark-mode"]


def test_where_tags_did_not_come_along_and_nobody_says_of_which_alarm_its_name_decides() -> None:
    event = _fired(0, alarmTagsStatus="FAILED")
    del event["resources"]

    alarm = _parsed(event)

    assert (alarm["flags"], alarm["namedBy"]) == (["new-checkout"], "name")


def test_an_alarm_that_is_none_of_ours_is_ignored_where_its_tags_did_not_come_along(
    tagged: dict[str, dict[str, str]],
) -> None:
    event = _fired(0, alarmName="Disk full", alarmTagsStatus="FAILED")
    tagged[event["resources"][0]] = {"team": "storage"}

    alarm = _parsed(event)

    assert (alarm["flags"], alarm["namedBy"]) == ([], None)
    assert alarm["ignoredReason"] == (
        "none of its tags names a flag, and its name has another form"
    )


def test_an_alarm_of_another_name_that_came_without_tags_is_asked_for_them(
    tagged: dict[str, dict[str, str]],
) -> None:
    tagged[_ARN] = {"feature-flag": "dark-mode new-checkout"}

    alarm = _parsed(_by_sns("checkout-errors"))

    assert (alarm["flags"], alarm["namedBy"]) == (["dark-mode", "new-checkout"], "tag")
    assert alarm["policy"] == "auto"


def test_an_alarm_of_another_name_without_a_tag_is_an_error(
    tagged: dict[str, dict[str, str]],
) -> None:
    tagged[_ARN] = {"team": "checkout"}

    with pytest.raises(AlarmNameMismatchError, match=r"the tag feature-flag; got 'checkout-err"):
        _parsed(_by_sns("checkout-errors"))


def test_an_alarm_of_another_name_whose_tags_cannot_be_read_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(arn: str) -> dict[str, str]:
        raise PermissionDeniedError(f"cloudwatch:ListTagsForResource on {arn}")

    monkeypatch.setattr(alarms, "tags", refuse)

    with pytest.raises(PermissionDeniedError, match="ListTagsForResource"):
        _parsed(_by_sns("checkout-errors"))


def test_a_tag_that_names_no_flag_starts_nothing(tagged: dict[str, dict[str, str]]) -> None:
    tags: dict[str, Any] = {"alarmTags": {"feature-flag": " "}, "alarmTagsStatus": "SUCCESS"}

    alarm = _parsed(_fired(0, alarmName="Disk full", **tags))

    assert (alarm["flags"], tagged) == ([], {})
    assert alarm["ignoredReason"] == "none of its tags names a flag, and its name has another form"


def test_an_alarm_known_by_its_name_does_not_hang_on_a_right_to_read_tags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(arn: str) -> dict[str, str]:
        raise PermissionDeniedError(f"cloudwatch:ListTagsForResource on {arn}")

    monkeypatch.setattr(alarms, "tags", refuse)

    alarm = _parsed(_fired(0, alarmTagsStatus="FAILED"))

    assert (alarm["flags"], alarm["namedBy"]) == (["new-checkout"], "name")
    assert (alarm["policy"], alarm["ignoredReason"]) == (None, None)


def test_tags_that_came_along_are_not_asked_for_again() -> None:
    tags: dict[str, Any] = {"alarmTags": {"team": "storage"}, "alarmTagsStatus": "SUCCESS"}

    with pytest.raises(AlarmNameMismatchError):
        _parsed(_fired(0, alarmName="Disk full", **tags))


def test_an_alarm_of_another_name_and_without_an_arn_is_an_error() -> None:
    with pytest.raises(AlarmNameMismatchError):
        _parsed(_by_sns("checkout-errors", AlarmArn=None))


def test_an_alarm_that_opted_out_by_its_tag_is_ignored() -> None:
    tags = {"feature-flag": "dark-mode", "feature-flag-rollback": "off"}

    alarm = _parsed(_fired(0, alarmTags=tags, alarmTagsStatus="SUCCESS"))

    assert alarm["ignoredReason"] == "the alarm's tag feature-flag-rollback is off"


@pytest.mark.parametrize(("count", "fits"), [(50, True), (51, False)])
def test_an_alarm_names_no_more_flags_than_one_deployment_is_to_turn_off(
    count: int, *, fits: bool
) -> None:
    names = [f"flag-{number}" for number in range(count)]
    tags = {"feature-flag": " ".join(names[:30]), "feature-flag-5": " ".join(names[30:])}
    event = _fired(0, alarmTags=tags, alarmTagsStatus="SUCCESS")

    if fits:
        assert _parsed(event)["flags"] == names
    else:
        with pytest.raises(TooManyFlagsError, match=r"at most 50 flags .*; got 51\. Give them"):
            _parsed(event)
