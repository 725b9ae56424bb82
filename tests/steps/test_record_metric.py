"""RecordMetric counts the outcome that it is given, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import record_metric
from tests import samples
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.state import FlagOutcome, Outcome

Metrics = list[dict[str, Any]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    metrics: Metrics = []
    monkeypatch.setattr(record_metric, "put", metrics.extend)
    return metrics


def test_a_rollback_is_counted_per_flag_and_timed_over_all_flags(written: Metrics) -> None:
    deployment = samples.confirmed("2026-03-02T17:04:47.489Z")

    answer = record_metric.handler(task(result=samples.result(), deployment=deployment), CONTEXT)

    assert answer == {"names": ["AutomatedRollback", "AlarmToFlagOff"]}
    assert written == [
        {
            "MetricName": "AutomatedRollback",
            "Value": 1,
            "Unit": "Count",
            "Dimensions": [{"Name": "FeatureFlagName", "Value": "new-checkout"}],
        },
        {"MetricName": "AlarmToFlagOff", "Value": 6.5, "Unit": "Seconds"},
    ]


def test_a_drill_is_counted_as_a_drill_and_as_nothing_else(written: Metrics) -> None:
    alarm, deployment = samples.alarm(drill=True), samples.confirmed("2026-03-02T17:04:47.489Z")

    record_metric.handler(
        task(alarm=alarm, result=samples.result(), deployment=deployment), CONTEXT
    )

    assert written == [
        {
            "MetricName": "RollbackDrill",
            "Value": 1,
            "Unit": "Count",
            "Dimensions": [
                {"Name": "FeatureFlagName", "Value": "new-checkout"},
                {"Name": "Outcome", "Value": "rolled_back"},
            ],
        }
    ]


def test_how_long_users_were_exposed_is_written_where_the_alarm_says_when_it_began(
    written: Metrics,
) -> None:
    deployment = samples.confirmed("2026-03-02T17:04:47.489Z")
    alarm = samples.alarm(breachedSince="2026-03-02T17:03:00.000Z")

    record_metric.handler(
        task(alarm=alarm, result=samples.result(), deployment=deployment), CONTEXT
    )

    (exposed,) = [each for each in written if each["MetricName"] == "ExposureSeconds"]
    assert exposed["Value"] == pytest.approx(107.489)
    assert exposed["Unit"] == "Seconds"


@pytest.mark.parametrize("outcome", ["already_off", "dry_run", "duplicate", "ignored"])
def test_every_other_outcome_is_counted_by_its_name(written: Metrics, outcome: Outcome) -> None:
    # The flags were not looked at where another execution answers, or the alarm is ignored.
    flags: dict[str, Any] = {"flags": []} if outcome in ("duplicate", "ignored") else {}

    record_metric.handler(task(result=samples.result(outcome, **flags)), CONTEXT)

    assert written == [
        {
            "MetricName": "AutomatedRollbackSkipped",
            "Value": 1,
            "Unit": "Count",
            "Dimensions": [
                {"Name": "FeatureFlagName", "Value": "new-checkout"},
                {"Name": "Outcome", "Value": outcome},
            ],
        }
    ]


@pytest.mark.parametrize(
    "result",
    [
        samples.result(flags=[samples.flag_result(sweptBy="run-2")]),
        samples.result(outcome="rollout_stopped"),
    ],
)
def test_a_flag_that_went_off_without_a_deployment_of_ours_is_timed_by_the_look_at_it(
    written: Metrics, result: object
) -> None:
    answer = record_metric.handler(task(result=result, config=samples.config()), CONTEXT)

    assert answer == {"names": ["AutomatedRollback", "AlarmToFlagOff"]}
    assert written[1]["Value"] == 5.0


def test_clocks_that_differ_give_no_negative_time(written: Metrics) -> None:
    late = samples.alarm(transitionedAt="2026-03-02T17:04:48.000Z")

    record_metric.handler(
        task(
            alarm=late,
            result=samples.result(),
            deployment=samples.confirmed("2026-03-02T17:04:47.000Z"),
        ),
        CONTEXT,
    )

    assert written[1]["Value"] == 0


def test_a_time_that_is_not_known_is_not_written(written: Metrics) -> None:
    answer = record_metric.handler(
        task(result=samples.result(), deployment=samples.confirmed(None)), CONTEXT
    )

    assert answer == {"names": ["AutomatedRollback"]}
    assert len(written) == 1


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("größe", r"gr\xf6\xdfe"),
        ("\U0001f680 go", r"\U0001f680 go"),
        ("a\nb\tc", "a b c"),
        ("x" * 2000, "x" * 1021 + "..."),
    ],
)
@pytest.mark.parametrize("outcome", ["rolled_back", "opted_out"])
def test_a_flags_name_becomes_what_a_dimension_may_hold(
    written: Metrics, outcome: FlagOutcome, flag: str, value: str
) -> None:
    flags = [samples.flag_result(flag, outcome)]
    result = samples.result("rolled_back" if outcome == "rolled_back" else "ignored", flags=flags)

    record_metric.handler(task(result=result, deployment=samples.confirmed(None)), CONTEXT)

    assert written[0]["Dimensions"][0] == {"Name": "FeatureFlagName", "Value": value}


def _counted(metric: dict[str, Any]) -> tuple[str, ...]:
    return (metric["MetricName"], *(each["Value"] for each in metric.get("Dimensions", [])))


def test_each_flag_of_the_alarm_is_counted_by_how_it_went_for_it(written: Metrics) -> None:
    flags = [
        samples.flag_result("a"),
        samples.flag_result("b", "experiment_stopped"),
        samples.flag_result("c", "already_off"),
        samples.flag_result("d", "opted_out"),
        samples.flag_result("e", "not_found"),
    ]

    record_metric.handler(
        task(
            alarm=samples.alarm(flags=list("abcde")),
            result=samples.result(flags=flags),
            deployment=samples.confirmed(),
        ),
        CONTEXT,
    )

    assert [_counted(metric) for metric in written] == [
        ("AutomatedRollback", "a"),
        ("AutomatedRollback", "b"),
        ("AutomatedRollbackSkipped", "c", "already_off"),
        ("AutomatedRollbackSkipped", "d", "opted_out"),
        ("AutomatedRollbackSkipped", "e", "not_found"),
        ("AlarmToFlagOff",),  # once, however many flags there are
    ]


def test_flags_that_were_not_looked_at_are_each_counted_by_the_runs_outcome(
    written: Metrics,
) -> None:
    given = task(
        alarm=samples.alarm(flags=["a", "b"]), result=samples.undeployed("duplicate", flags=[])
    )

    record_metric.handler(given, CONTEXT)

    assert [_counted(metric) for metric in written] == [
        ("AutomatedRollbackSkipped", "a", "duplicate"),
        ("AutomatedRollbackSkipped", "b", "duplicate"),
    ]


def test_for_an_alarm_that_guards_no_flag_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(record_metric, "put")  # CloudWatch refuses a call without metrics
    given = task(alarm=samples.alarm(flags=[]), result=samples.undeployed("ignored", flags=[]))

    assert record_metric.handler(given, CONTEXT) == {"names": []}
