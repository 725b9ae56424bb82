"""Reads alarms of every type from CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.alarms import ALARM_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StateValueType


@dataclass(frozen=True)
class Alarm:
    """An alarm and the state that it is in."""

    name: str
    state: StateValueType


def alarm(cloudwatch: CloudWatchClient, name: str) -> Alarm | None:
    """Read one alarm; None where there is none of that name."""
    found = _alarms(cloudwatch, {"AlarmNames": [name]})
    return next((alarm for alarm in found if alarm.name == name), None)


def alarms(cloudwatch: CloudWatchClient, prefix: str) -> list[Alarm]:
    """Read all whose names begin so."""
    return list(_alarms(cloudwatch, {"AlarmNamePrefix": prefix}))


def _alarms(cloudwatch: CloudWatchClient, which: dict[str, Any]) -> Iterator[Alarm]:
    """DescribeAlarms gives metric alarms alone unless other types are named, so all are."""
    pages = cloudwatch.get_paginator("describe_alarms")
    for page in pages.paginate(AlarmTypes=ALARM_TYPES, **which):
        for group, found in page.items():
            if group.endswith("Alarms") and isinstance(found, list):
                yield from (Alarm(item["AlarmName"], item["StateValue"]) for item in found)
