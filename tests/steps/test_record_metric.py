"""RecordMetric counts the outcome that it is given, and how long it took."""

from __future__ import annotations

from typing import Any

import pytest

import record_metric
from tests import samples
from tests.samples import CONTEXT, task

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


@pytest.mark.parametrize("outcome", ["already_off", "dry_run", "duplicate", "ignored"])
def test_every_other_outcome_is_counted_by_its_name(written: Metrics, outcome: str) -> None:
    record_metric.handler(task(result=samples.result(outcome=outcome)), CONTEXT)

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
        samples.result(coalescedWith="arn:aws:states:eu-west-1:1:execution:x:run-2"),
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
@pytest.mark.parametrize("outcome", ["rolled_back", "ignored"])
def test_a_flags_name_becomes_what_a_dimension_may_hold(
    written: Metrics, outcome: str, flag: str, value: str
) -> None:
    result = samples.result(outcome=outcome, flag=flag)

    record_metric.handler(task(result=result, deployment=samples.confirmed(None)), CONTEXT)

    assert written[0]["Dimensions"][0] == {"Name": "FeatureFlagName", "Value": value}
