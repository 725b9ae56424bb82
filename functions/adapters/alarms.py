"""Reads alarms from CloudWatch.

DescribeAlarms gives metric alarms alone unless other types are named (CloudWatch API reference), so
all that the SDK at hand knows are asked for. It never says that an alarm is muted; the mute rules
do (ListAlarmMuteRules).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adapters.aws import client, named_errors
from rollback.errors import RequestRefusedError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True)
class RingingAlarm:
    """An alarm that is in ALARM: since when, and why."""

    name: str
    reason: str
    since: datetime


def current_state(alarm_name: str) -> str | None:
    """Ask in which state an alarm is now; None where there is no such alarm."""
    with named_errors(f"reading the state of alarm {alarm_name!r} (cloudwatch:DescribeAlarms)"):
        for alarm in _described(AlarmNames=[alarm_name]):
            if alarm["AlarmName"] == alarm_name:
                return str(alarm["StateValue"])
    return None


def ringing(prefix: str) -> list[RingingAlarm]:
    """List the alarms below a prefix that are in ALARM, but for those whose actions are suppressed."""
    with named_errors(f"listing the alarms {prefix}* (cloudwatch:DescribeAlarms)"):
        return [
            RingingAlarm(
                alarm["AlarmName"],
                alarm.get("StateReason", ""),
                (
                    alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
                ).astimezone(UTC),
            )
            for alarm in _described(AlarmNamePrefix=prefix, StateValue="ALARM")
            if not alarm.get("ActionsSuppressedBy")
        ]


def muted() -> set[str]:
    """List the alarms that a mute rule silences right now.

    Raises:
        RequestRefusedError: the SDK at hand knows no mute rules, so nobody can tell.
    """
    cloudwatch = _cloudwatch()
    if not hasattr(cloudwatch, "list_alarm_mute_rules"):
        raise RequestRefusedError("this SDK cannot list the mute rules of alarms")
    names: set[str] = set()
    with named_errors("reading the mute rules (cloudwatch:ListAlarmMuteRules, GetAlarmMuteRule)"):
        pages = cloudwatch.get_paginator("list_alarm_mute_rules").paginate(Statuses=["ACTIVE"])
        for page in pages:
            for rule in page["AlarmMuteRuleSummaries"]:
                name = rule["AlarmMuteRuleArn"].rpartition(":")[-1]
                targets = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=name)["MuteTargets"]
                names.update(targets["AlarmNames"])
    return names


def _described(**which: Any) -> Iterator[Any]:  # noqa: ANN401 - parameters of DescribeAlarms
    cloudwatch = _cloudwatch()
    known = cloudwatch.meta.service_model.operation_model("DescribeAlarms").input_shape
    kinds = known.members["AlarmTypes"].member.enum  # type: ignore[union-attr]
    for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=kinds, **which):
        if "MetricAlarms" not in page:
            raise LookupError("the answer lists no alarms")
        for group, alarms in page.items():
            if group.endswith("Alarms") and isinstance(alarms, list):
                yield from alarms


def _cloudwatch() -> "CloudWatchClient":
    cloudwatch: CloudWatchClient = client("cloudwatch")
    return cloudwatch
