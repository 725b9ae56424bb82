"""Reads alarms from CloudWatch.

DescribeAlarms returns metric alarms alone unless other types are named (CloudWatch API reference),
so all types are. It never says that an alarm is muted; the mute rules do (ListAlarmMuteRules).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.aftercare.watch import AlarmSeen
from appconfig_rollback.errors import ResourceMissingError
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.state import Contributor
from appconfig_rollback.times import iso
from appconfig_rollback.untyped import AwsAnswer

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType, StateValueType
    from mypy_boto3_cloudwatch.type_defs import PaginatorConfigTypeDef

#: CloudWatch API reference, DescribeAlarms: AlarmNames and MaxRecords, which is 50 unless given.
_NAMES_IN_A_CALL = _ALARMS_ON_A_PAGE = 100
_REASON_LIMIT = 300  # the state data is no archive
_GROUPED = re.compile(r"\bGROUP\s+BY\b", re.IGNORECASE)  # CloudWatch Metrics Insights
_ALARM_TYPES: list[AlarmTypeType] = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]


@dataclass(frozen=True)
class FiringAlarm:
    """An alarm that is in ALARM, or a series of one: since when, and why."""

    name: str
    reason: str
    since: datetime
    arn: str
    contributor: Contributor | None = None


def current_state(
    alarm_name: str,
    contributor: Contributor | None = None,
    cloudwatch: CloudWatchClient | None = None,
) -> StateValueType | None:
    """Ask in which state an alarm is now, or one of its series; None where there is no such alarm.

    A series is in ALARM or OK (CloudWatch user guide, "Create an alarm based on a multi time series
    query"). `cloudwatch` is the caller's client, where it is not a function's own.
    """
    if contributor:
        try:
            found = contributors(alarm_name, cloudwatch)
        except ResourceMissingError:
            return None
        ids = [each.contributor["id"] for each in found if each.contributor]
        return "ALARM" if contributor["id"] in ids else "OK"
    with named_errors(f"reading the state of alarm {alarm_name!r} (cloudwatch:DescribeAlarms)"):
        alarm = _named(alarm_name, cloudwatch)
        return cast("StateValueType", alarm["StateValue"]) if alarm else None


def arn_of(alarm_name: str, cloudwatch: CloudWatchClient | None = None) -> str | None:
    """Find the ARN of an alarm; None where there is no such alarm."""
    alarm = described_alarm(alarm_name, cloudwatch)
    return str(alarm["AlarmArn"]) if alarm else None


def described_alarm(
    alarm_name: str, cloudwatch: CloudWatchClient | None = None
) -> AwsAnswer | None:
    """Describe one alarm as DescribeAlarms does; None where there is no such alarm."""
    with named_errors(f"reading alarm {alarm_name!r} (cloudwatch:DescribeAlarms)"):
        return _named(alarm_name, cloudwatch)


def contributors(
    alarm_name: str, cloudwatch: CloudWatchClient | None = None, arn: str = ""
) -> list[FiringAlarm]:
    """List the series of an alarm that are in ALARM.

    Raises:
        ResourceMissingError: there is no such alarm.
    """
    found: list[FiringAlarm] = []
    more: dict[str, str] = {}
    with named_errors(
        f"listing the series of alarm {alarm_name!r} (cloudwatch:DescribeAlarmContributors)"
    ):
        while True:
            page = (cloudwatch or _cloudwatch()).describe_alarm_contributors(
                AlarmName=alarm_name, **more
            )
            found += [
                FiringAlarm(
                    alarm_name,
                    each.get("StateReason", ""),
                    each["StateTransitionedTimestamp"].astimezone(UTC),
                    arn,
                    {"id": each["ContributorId"], "attributes": each["ContributorAttributes"]},
                )
                for each in page["AlarmContributors"]
            ]
            if not page.get("NextToken"):
                return found
            more = {"NextToken": page["NextToken"]}


def tags(arn: str, cloudwatch: CloudWatchClient | None = None) -> dict[str, str]:
    """Read the tags of an alarm."""
    with named_errors(f"reading the tags of alarm {arn} (cloudwatch:ListTagsForResource)"):
        answer = (cloudwatch or _cloudwatch()).list_tags_for_resource(ResourceARN=arn)
        return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


def names_below(prefix: str, cloudwatch: CloudWatchClient) -> list[str]:
    """List the names of the alarms below a prefix, in whatever state."""
    with named_errors(f"listing the alarms {prefix}* (cloudwatch:DescribeAlarms)"):
        return [found["AlarmName"] for found in _described(cloudwatch, AlarmNamePrefix=prefix)]


def tags_of(alarm_name: str, cloudwatch: CloudWatchClient) -> dict[str, str]:
    """Read the tags of an alarm by its name; none where there is no such alarm."""
    arn = arn_of(alarm_name, cloudwatch)
    return tags(arn, cloudwatch) if arn else {}


def described(cloudwatch: CloudWatchClient) -> list[Any]:
    """List all alarms as DescribeAlarms describes them, of all types."""
    with named_errors("listing the alarms (cloudwatch:DescribeAlarms)"):
        return list(_described(cloudwatch))


def seen(names: list[str]) -> dict[str, AlarmSeen]:
    """Read the states of alarms by their names; one that does not exist is left out."""
    found: dict[str, AlarmSeen] = {}
    for first in range(0, len(names), _NAMES_IN_A_CALL):
        some = names[first : first + _NAMES_IN_A_CALL]
        with named_errors(f"reading the states of {some} (cloudwatch:DescribeAlarms)"):
            for alarm in _described(_cloudwatch(), AlarmNames=some):
                since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
                found[alarm["AlarmName"]] = {
                    "alarmName": alarm["AlarmName"],
                    "series": None,
                    "state": alarm["StateValue"],
                    "since": iso(since),
                    "reason": shortened(alarm.get("StateReason", ""), _REASON_LIMIT),
                }
    return found


def states(arns: list[str]) -> dict[str, str]:
    """Read the states of alarms by their ARNs; one that is gone is left out."""
    names = [arn.split(":", 6)[-1] for arn in arns]
    if not names:
        return {}
    with named_errors(f"reading the states of {names} (cloudwatch:DescribeAlarms)"):
        found = _described(_cloudwatch(), AlarmNames=names)
        return {alarm["AlarmArn"]: alarm["StateValue"] for alarm in found}


def firing(prefix: str) -> list[FiringAlarm]:
    """List the alarms below a prefix that are in ALARM and not suppressed.

    One of several series is left out: its series say which flags it is about, not its name.
    """
    with named_errors(f"listing the alarms {prefix}* (cloudwatch:DescribeAlarms)"):
        return [
            FiringAlarm(
                alarm["AlarmName"],
                alarm.get("StateReason", ""),
                (
                    alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
                ).astimezone(UTC),
                alarm["AlarmArn"],
            )
            for alarm in _described(_cloudwatch(), AlarmNamePrefix=prefix, StateValue="ALARM")
            if not alarm.get("ActionsSuppressedBy") and not _has_series(alarm)
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


def _named(alarm_name: str, cloudwatch: CloudWatchClient | None) -> AwsAnswer | None:
    found = _described(cloudwatch or _cloudwatch(), AlarmNames=[alarm_name])
    return next((alarm for alarm in found if alarm["AlarmName"] == alarm_name), None)


def _has_series(alarm: AwsAnswer) -> bool:
    """Return whether a query gives the alarm a series for each value of a dimension."""
    queries = [each.get("Expression", "") for each in alarm.get("Metrics", [])]
    return any(_GROUPED.search(query) for query in queries)


def _described(
    cloudwatch: CloudWatchClient,
    **which: Any,
) -> Iterator[Any]:
    pages = cloudwatch.get_paginator("describe_alarms")
    size: PaginatorConfigTypeDef = {"PageSize": _ALARMS_ON_A_PAGE}
    for page in pages.paginate(AlarmTypes=_ALARM_TYPES, PaginationConfig=size, **which):
        if "MetricAlarms" not in page:
            raise LookupError("the answer lists no alarms")
        for group, alarms in page.items():
            if group.endswith("Alarms") and isinstance(alarms, list):
                yield from alarms


def _cloudwatch() -> CloudWatchClient:
    cloudwatch: CloudWatchClient = client("cloudwatch")
    return cloudwatch
