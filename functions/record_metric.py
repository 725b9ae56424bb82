"""RecordMetric: count the rollback, and how long it took from alarm to flag off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from appconfig_rollback.adapters.metrics import put
from appconfig_rollback.adapters.task import task
from appconfig_rollback.exposed_for import exposed_for
from appconfig_rollback.plain_text import ascii_line
from appconfig_rollback.state import TURNED_OFF, State, TaskInput, flags_off_at
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
    if metrics:  # an alarm that names no flag has none
        put(metrics)
    return {"names": [metric["MetricName"] for metric in metrics]}


def _metrics(state: State) -> list[MetricDatumTypeDef]:
    if state["alarm"].get("drill"):  # practice is not to be taken for the real thing
        return [
            _count("RollbackDrill", [_flag(flag), {"Name": "Outcome", "Value": outcome}])
            for flag, outcome in _outcomes(state).items()
        ]
    metrics = [_counted(flag, outcome) for flag, outcome in _outcomes(state).items()]
    confirmed_at = flags_off_at(state)
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
    if exposed := exposed_for(state):
        metrics.append(
            {"MetricName": "ExposureSeconds", "Value": exposed.seconds, "Unit": "Seconds"}
        )
    return metrics


def _outcomes(state: State) -> Mapping[str, str]:
    """Say how it went for each flag; where they were not looked at, the run's outcome is theirs."""
    result = state["result"]
    looked_at: dict[str, str] = {each["flag"]: each["outcome"] for each in result["flags"]}
    return looked_at or dict.fromkeys(state["alarm"]["flags"], result["outcome"])


def _counted(flag: str, outcome: str) -> MetricDatumTypeDef:
    if outcome in TURNED_OFF:
        return _count("AutomatedRollback", [_flag(flag)])
    return _count("AutomatedRollbackSkipped", [_flag(flag), {"Name": "Outcome", "Value": outcome}])


def _flag(flag: str) -> DimensionTypeDef:
    return {"Name": "FeatureFlagName", "Value": ascii_line(flag, _DIMENSION_LIMIT)}


def _count(name: str, dimensions: list[DimensionTypeDef]) -> MetricDatumTypeDef:
    return {"MetricName": name, "Value": 1, "Unit": "Count", "Dimensions": dimensions}
