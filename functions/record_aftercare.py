"""RecordAftercare: count whether the rollback helped, and how long the alarm took to recover."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from appconfig_rollback.adapters.metrics import put
from appconfig_rollback.adapters.task import task
from appconfig_rollback.aftercare.watch import AftercareInput, AftercareState
from appconfig_rollback.plain_text import ascii_line
from appconfig_rollback.times import seconds_between

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_DIMENSION_LIMIT = 1024  # PutMetricData: ASCII, at most 1,024 characters


class AftercareRecorded(TypedDict):
    """RecordAftercare's answer, under `metrics`: the names of what was written."""

    names: list[str]


@task
def handler(event: AftercareInput, context: object) -> AftercareRecorded:  # noqa: ARG001
    """Write the metrics of the result that LookAfter came to."""
    metrics = _metrics(event["state"])
    if metrics:
        put(metrics)
    return {"names": [metric["MetricName"] for metric in metrics]}


def _metrics(state: AftercareState) -> list[MetricDatumTypeDef]:
    watch, look = state["watch"], state["look"]
    result, again = look["result"], look["turnedOnAgain"]
    if watch["alarm"].get("drill") or result is None:
        return []  # practice is not to be taken for the real thing
    on_again = again["flags"] if again else []
    # What an alarm does once its flag is on again says nothing of the rollback.
    flags = (
        on_again
        if result == "turned_on_again"
        else [flag for flag in watch["flags"] if flag not in on_again]
    )
    metrics = [_helped(flag, result) for flag in flags]
    if result == "recovered" and look["recoveredAt"] and not on_again:
        metrics.append(
            {
                "MetricName": "AlarmToRecovery",
                "Value": seconds_between(watch["alarm"]["transitionedAt"], look["recoveredAt"]),
                "Unit": "Seconds",
            }
        )
    return metrics


def _helped(flag: str, result: str) -> MetricDatumTypeDef:
    return {
        "MetricName": "RollbackHelped",
        "Value": 1,
        "Unit": "Count",
        "Dimensions": [
            {"Name": "FeatureFlagName", "Value": ascii_line(flag, _DIMENSION_LIMIT)},
            {"Name": "Result", "Value": result},
        ],
    }
