"""ParseAlarm tells which flag is meant, and whether there is anything to do about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import parse_alarm
from appconfig_rollback.errors import AlarmNameMismatchError, NotAnAlarmError
from appconfig_rollback.times import moment
from tests import samples
from tests.events import sample
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Alarm
    from appconfig_rollback.untyped import Json


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """The alarms that CloudWatch is asked for, with the state that it answers."""
    states: dict[str, str | None] = {}

    def current_state(name: str) -> str | None:
        assert name in states, f"nobody should ask for {name}"
        return states[name]

    monkeypatch.setattr(parse_alarm, "current_state", current_state)
    return states


def _parsed(source: object, **execution: Any) -> Alarm:
    return parse_alarm.handler(task(samples.execution(Input=source, **execution)), CONTEXT)


def _fired(minutes: float, name: str = "metric_alarm") -> Json:
    event = sample(name)
    event["detail"]["state"]["timestamp"] = samples.minutes_ago(minutes)
    return event


def test_a_fresh_alarm_calls_for_a_rollback_of_its_flag() -> None:
    event = _fired(1)

    before = datetime.now(UTC)
    alarm = _parsed(event)

    began = moment(alarm.pop("startedAt"))  # type: ignore[misc]
    assert abs((began - before).total_seconds()) < 60
    assert alarm == {
        "flag": "new-checkout",
        "alarmName": "FeatureFlag-new-checkout-ErrorRate",
        "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
        "FeatureFlag-new-checkout-ErrorRate",
        "state": "ALARM",
        "reason": event["detail"]["state"]["reason"],
        "transitionedAt": event["detail"]["state"]["timestamp"],
        "region": "us-east-1",
        "account": "123456789012",
        "ignoredReason": None,
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


def test_an_old_alarm_counts_while_it_still_rings(asked: dict[str, str | None]) -> None:
    asked["FeatureFlag-new-checkout-ErrorRate"] = "ALARM"

    assert _parsed(_fired(16))["ignoredReason"] is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [("OK", "is in state OK now"), (None, "is in state deleted now")],
)
def test_an_old_alarm_that_rings_no_more_is_ignored(
    asked: dict[str, str | None], now: str | None, reason: str
) -> None:
    asked["FeatureFlag-new-checkout-ErrorRate"] = now

    alarm = _parsed(_fired(16))

    assert alarm["ignoredReason"] is not None
    assert alarm["ignoredReason"] == (
        f"the alarm fired 16 minutes ago and {reason} (parameter MaxAlarmAgeMinutes)"
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


def test_an_alarm_of_another_name_is_an_error() -> None:
    event = _fired(0)
    event["detail"]["alarmName"] = "Disk full"

    with pytest.raises(AlarmNameMismatchError, match=r"FeatureFlag-<flag>-ErrorRate.*'Disk full'"):
        _parsed(event)


@pytest.mark.parametrize("source", [None, [], "hello", {"flag": "new-checkout"}])
def test_an_input_that_is_no_alarm_is_an_error(source: object) -> None:
    with pytest.raises(NotAnAlarmError):
        _parsed(source)


def test_prefix_and_suffix_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARM_NAME_PREFIX", "FeatureFlag-new-")
    monkeypatch.setenv("ALARM_NAME_SUFFIX", "Rate")

    assert _parsed(_fired(0))["flag"] == "checkout-Error"


def test_a_stack_that_is_off_ignores_every_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBACK_MODE", "off")

    alarm = _parsed(_fired(0), RedriveTime="2026-03-02T20:00:00Z")

    assert alarm["ignoredReason"] == "the stack's parameter Mode is off"


def test_a_stack_that_only_tells_still_acts_on_the_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBACK_MODE", "notify")

    assert _parsed(_fired(0))["ignoredReason"] is None
