"""RecordMetric: count the rollback, and how long it took from alarm to flag off."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from appconfig_rollback.adapters.metrics import put
from appconfig_rollback.adapters.task import task
from appconfig_rollback.plain_text import ascii_line
from appconfig_rollback.state import State, TaskInput, flag_off_at
from appconfig_rollback.times import moment

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

_DIMENSION_LIMIT = 1024  # PutMetricData: ASCII, at most 1,024 characters


class Recorded(TypedDict):
    """RecordMetric's answer, under `metrics`: the names of what was written."""

    names: list[str]


@task
def handler(event: TaskInput, context: object) -> Recorded:  # noqa: ARG001
    """Write the metrics of the outcome that the state machine passes in."""
    metrics = _metrics(event["state"])
    put(metrics)
    return {"names": [metric["MetricName"] for metric in metrics]}


def _metrics(state: State) -> list[MetricDatumTypeDef]:
    result = state["result"]
    flag: DimensionTypeDef = {
        "Name": "FeatureFlagName",
        "Value": ascii_line(result["flag"], _DIMENSION_LIMIT),
    }
    if result["outcome"] not in ("rolled_back", "rollout_stopped", "experiment_stopped"):
        outcome: DimensionTypeDef = {"Name": "Outcome", "Value": result["outcome"]}
        return [_count("AutomatedRollbackSkipped", [flag, outcome])]
    metrics = [_count("AutomatedRollback", [flag])]
    confirmed_at = flag_off_at(state)
    if confirmed_at:
        took = moment(confirmed_at) - moment(state["alarm"]["transitionedAt"])
        # Without a dimension: percentiles over all flags cannot be had from per-flag metrics.
        metrics.append(
            {
                "MetricName": "AlarmToFlagOff",
                "Value": max(took.total_seconds(), 0.0),
                "Unit": "Seconds",
            }
        )
    return metrics


def _count(name: str, dimensions: list[DimensionTypeDef]) -> MetricDatumTypeDef:
    return {"MetricName": name, "Value": 1, "Unit": "Count", "Dimensions": dimensions}
