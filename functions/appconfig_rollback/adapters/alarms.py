"""Reads alarms from CloudWatch.

DescribeAlarms returns metric alarms alone unless other types are named (CloudWatch API reference),
so all types are. It never says that an alarm is muted; the mute rules do (ListAlarmMuteRules).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.adapters.aws import client, named_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType, StateValueType

_ALARM_TYPES: list[AlarmTypeType] = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]


@dataclass(frozen=True)
class FiringAlarm:
    """An alarm that is in ALARM: since when, and why."""

    name: str
    reason: str
    since: datetime


def current_state(
    alarm_name: str, cloudwatch: CloudWatchClient | None = None
) -> StateValueType | None:
    """Ask in which state an alarm is now; None where there is no such alarm.

    `cloudwatch` is the caller's client, where it is not a function's own.
    """
    with named_errors(f"reading the state of alarm {alarm_name!r} (cloudwatch:DescribeAlarms)"):
        for alarm in _described(cloudwatch or _cloudwatch(), AlarmNames=[alarm_name]):
            if alarm["AlarmName"] == alarm_name:
                return cast("StateValueType", alarm["StateValue"])
    return None


def names_below(prefix: str, cloudwatch: CloudWatchClient) -> list[str]:
    """List the names of the alarms below a prefix, in whatever state."""
    with named_errors(f"listing the alarms {prefix}* (cloudwatch:DescribeAlarms)"):
        return [found["AlarmName"] for found in _described(cloudwatch, AlarmNamePrefix=prefix)]


def states(arns: list[str]) -> dict[str, str]:
    """Read the states of alarms by their ARNs; one that is gone is left out."""
    names = [arn.split(":", 6)[-1] for arn in arns]
    if not names:
        return {}
    with named_errors(f"reading the states of {names} (cloudwatch:DescribeAlarms)"):
        found = _described(_cloudwatch(), AlarmNames=names)
        return {alarm["AlarmArn"]: alarm["StateValue"] for alarm in found}


def firing(prefix: str) -> list[FiringAlarm]:
    """List the alarms below a prefix that are in ALARM and not suppressed."""
    with named_errors(f"listing the alarms {prefix}* (cloudwatch:DescribeAlarms)"):
        return [
            FiringAlarm(
                alarm["AlarmName"],
                alarm.get("StateReason", ""),
                (
                    alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
                ).astimezone(UTC),
            )
            for alarm in _described(_cloudwatch(), AlarmNamePrefix=prefix, StateValue="ALARM")
            if not alarm.get("ActionsSuppressedBy")
        ]


def muted(cloudwatch: CloudWatchClient | None = None) -> set[str]:
    """List the alarms that a mute rule silences right now.

    `cloudwatch` is the caller's client, where it is not a function's own.
    """
    cloudwatch = cloudwatch or _cloudwatch()
    names: set[str] = set()
    with named_errors("reading the mute rules (cloudwatch:ListAlarmMuteRules, GetAlarmMuteRule)"):
        pages = cloudwatch.get_paginator("list_alarm_mute_rules").paginate(Statuses=["ACTIVE"])
        for page in pages:
            for summary in page["AlarmMuteRuleSummaries"]:
                rule = summary["AlarmMuteRuleArn"].split(":", 6)[-1]
                answer = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=rule)
                names.update(answer["MuteTargets"]["AlarmNames"])
    return names


def _described(
    cloudwatch: CloudWatchClient,
    **which: Any,
) -> Iterator[Any]:
    pages = cloudwatch.get_paginator("describe_alarms")
    for page in pages.paginate(AlarmTypes=_ALARM_TYPES, **which):
        if "MetricAlarms" not in page:
            raise LookupError("the answer lists no alarms")
        for group, alarms in page.items():
            if group.endswith("Alarms") and isinstance(alarms, list):
                yield from alarms


def _cloudwatch() -> CloudWatchClient:
    cloudwatch: CloudWatchClient = client("cloudwatch")
    return cloudwatch
