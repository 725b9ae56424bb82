"""How long users would be exposed, computed by hand for three alarms."""

from __future__ import annotations

from typing import Any

from appconfig_rollback.guarding import AlarmNames
from flag_rollback.guards import guard
from flag_rollback.until_off import Exposure, exposure

NAMES = AlarmNames("FeatureFlag-", "-ErrorRate")


def exposed(rollback: float | None = None, poll: int = 45, **alarm: Any) -> Exposure | None:
    it = guard({"AlarmName": "FeatureFlag-a-ErrorRate", **alarm}, {}, NAMES)
    assert it
    return exposure(it, rollback, poll)


def test_two_of_three_minutes() -> None:
    told = exposed(8.4, Namespace="Shop", Period=60, EvaluationPeriods=3, DatapointsToAlarm=2)

    # The minute in which it begins, two that breach, the wait for their evaluation, events, the
    # rollback, and a poll.
    assert told
    assert told.parts == {
        "metric": 60,
        "evaluation": 120,
        "schedule": 60,
        "events": 2,
        "rollback": 8.4,
        "poll": 45,
    }
    assert told.seconds == 60 + 120 + 60 + 2 + 8.4 + 45
    # Four times 50 s; a poll of 15 s would save 30 s.
    assert told.shorter == (
        "give the alarm a period of 10 s of a high-resolution metric (saves 200 s)"
    )
    assert (
        "up to 295 s: metric 60 s, evaluation 120 s, CloudWatch's schedule 60 s, events about 2 s, "
        "rollback 8 s"
    ) in str(told)


def test_the_worst_case_stands_beside_what_was_measured() -> None:
    it = guard(
        {"AlarmName": "FeatureFlag-a-ErrorRate", "Period": 60, "EvaluationPeriods": 2}, {}, NAMES
    )
    assert it
    told = exposure(it, 2.0, 45, 95.4)

    assert told
    assert "users are exposed for up to" in str(told)
    assert "Lately the median was 95 s, without clients' poll." in str(told)


def test_ten_seconds_and_a_rollback_that_was_never_measured() -> None:
    told = exposed(Namespace="Shop", Period=10, EvaluationPeriods=3, DatapointsToAlarm=3)

    assert told
    assert told.seconds == 10 + 30 + 10 + 2 + 45
    assert told.shorter == "let clients poll every 15 s (saves 30 s)"
    assert "up to 97 s and the rollback" in str(told)
    assert "rollback not measured yet" in str(told)


def test_a_metric_of_awss_own_over_five_minutes() -> None:
    stat = {"Metric": {"Namespace": "AWS/ApplicationELB"}, "Period": 60}
    told = exposed(10, 300, Metrics=[{"Id": "m", "MetricStat": stat}], EvaluationPeriods=15)

    assert told
    assert told.seconds == 60 + 900 + 60 + 2 + 10 + 300
    # 13 minutes of evaluation; a period below a minute is not to be had.
    assert told.shorter == "let 2 data points suffice (DatapointsToAlarm) (saves 780 s)"


def test_an_alarm_over_five_minutes_is_evaluated_each_minute() -> None:
    told = exposed(5, 15, Namespace="AWS/Lambda", Period=300, EvaluationPeriods=2)

    assert told
    assert told.seconds == 300 + 600 + 60 + 2 + 5 + 15
    # It waits no shorter for its evaluation with a period of a minute.
    assert told.shorter == "give the alarm a period of 60 s (saves 720 s)"


def test_nothing_is_suggested_where_nothing_saves() -> None:
    told = exposed(5, 15, Period=60, EvaluationPeriods=2, Namespace="AWS/Lambda")

    assert told
    assert told.shorter is None
    assert str(told).endswith("clients' poll 15 s.")


def test_an_alarm_without_a_period_has_no_figure() -> None:
    assert exposed(AlarmRule="ALARM(a)") is None
