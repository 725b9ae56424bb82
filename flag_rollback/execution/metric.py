"""What an execution's alarm watched: its metric, before it fired, while it did, and afterwards.

It is for people to look at and decides nothing. What CloudWatch no longer has, or does not let the
person read, is taken from the data that came with the alarm, and said.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.times import moment
from flag_rollback.alarm_judgment import new_state, period
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient

    from appconfig_rollback.alarm import AlarmChange
    from appconfig_rollback.state import Contributor
    from flag_rollback.execution.finding import Execution

#: How many periods are shown before the alarm fired, and after the last thing that happened.
_BEFORE, _AFTER = 15, 10
#: No longer than this many periods, whenever the alarm recovered.
_AT_MOST = 180
#: A page of a running execution asks again and again; CloudWatch is not asked each time.
_FRESH_SECONDS = 20.0
_ABOUT_A_MINUTE = 60


@dataclass(frozen=True)
class Series:
    """A line of the chart: UTC times at which periods began, each with the period's value.

    `watched` says that it is the one that the alarm compares with its threshold; others are parts
    of which that one is computed.
    """

    label: str
    points: Sequence[tuple[datetime, float]]
    watched: bool


@dataclass(frozen=True)
class Metric:
    """What an alarm watched, and when what happened; times are None where they are unknown.

    `series` is empty where nothing is known. `source` says where it is from, and `note` what could
    not be read.
    """

    title: str
    series: Sequence[Series]
    threshold: float | None
    comparison: str
    period_seconds: int
    fired: datetime | None
    off: datetime | None
    recovered: datetime | None
    source: str
    note: str = ""


class Metrics:
    """Reads them."""

    def __init__(self, cloudwatch: CloudWatchClient) -> None:
        self._cloudwatch = cloudwatch
        self._known: dict[tuple[str, datetime | None], tuple[float, Metric]] = {}

    def of(self, execution: Execution, off: datetime | None) -> Metric:
        """Read what the execution's alarm watched; `off` is when flags were confirmed off."""
        key = (execution.arn, off)
        kept = self._known.get(key)
        if kept and time.monotonic() - kept[0] < _FRESH_SECONDS:
            return kept[1]
        read = self._read(execution, off)
        self._known[key] = (time.monotonic(), read)
        return read

    def _read(self, execution: Execution, off: datetime | None) -> Metric:
        try:
            change = read_alarm(execution.input)
        except RollbackError as error:
            nothing = Metric("", [], None, "", 0, None, off, None, "", sentence(error))
            return replace(nothing, note=f"There is no alarm to show: {nothing.note}")
        told = _from_the_alarm(change, off)
        if change.transitioned_at is None:
            return replace(told, note="When the alarm fired is unknown.")
        try:
            return self._from_cloudwatch(change, change.transitioned_at, told)
        except (ClientError, BotoCoreError) as error:
            return replace(told, note=f"CloudWatch could not be asked: {sentence(error)}.")

    def _from_cloudwatch(self, change: AlarmChange, fired: datetime, told: Metric) -> Metric:
        alarm = self._alarm(change.name)
        if alarm is None:
            return replace(told, note=f"Alarm {change.name} is gone.")
        recovered = self._recovered(change, fired)
        told = replace(told, recovered=recovered)
        if "AlarmRule" in alarm:
            return replace(told, note="The alarm is made of other alarms, and has no metric.")
        queries, watched = _queries(alarm)
        if not queries:
            return replace(told, note="The alarm watches no metric that can be read by itself.")
        seconds = period(alarm) or _ABOUT_A_MINUTE
        found = self._series(queries, watched, change.contributor, _window(told, fired, seconds))
        if not any(series.watched and series.points for series in found):
            return replace(
                told,
                note="CloudWatch has no data points of that time, or none of this series alone.",
            )
        threshold = told.threshold if told.threshold is not None else alarm.get("Threshold")
        return replace(
            told,
            title=_title(alarm, watched),
            series=found,
            threshold=threshold,
            comparison=str(alarm.get("ComparisonOperator", "")),
            period_seconds=seconds,
            source="CloudWatch",
        )

    def _alarm(self, name: str) -> Mapping[str, Any] | None:
        answer = self._cloudwatch.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        found: list[Any] = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
        return found[0] if found else None

    def _recovered(self, change: AlarmChange, fired: datetime) -> datetime | None:
        """Find when the alarm, or its series, was OK for the first time after it had fired."""
        asked: dict[str, Any] = {"AlarmName": change.name, "HistoryItemType": "StateUpdate"}
        if change.contributor:
            asked["HistoryItemType"] = "AlarmContributorStateUpdate"
            asked["AlarmContributorId"] = change.contributor["id"]
        items = self._cloudwatch.describe_alarm_history(
            **asked,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            StartDate=fired,
            EndDate=datetime.now(UTC),
            ScanBy="TimestampAscending",
            MaxRecords=100,
        )["AlarmHistoryItems"]
        moments = (item["Timestamp"].astimezone(UTC) for item in items if new_state(item) == "OK")
        return next((at for at in moments if at > fired), None)

    def _series(
        self,
        queries: list[Any],
        watched: str,
        contributor: Contributor | None,
        window: tuple[datetime, datetime],
    ) -> list[Series]:
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=window[0], EndTime=window[1]
        )
        points: dict[tuple[str, str], dict[datetime, float]] = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                line = points.setdefault((result["Id"], result.get("Label", "")), {})
                times = (at.astimezone(UTC) for at in result["Timestamps"])
                line.update(zip(times, result["Values"], strict=True))
        kept = _of_contributor(points, watched, contributor)
        return [
            Series(label or id_, sorted(line.items()), id_ == watched)
            for (id_, label), line in sorted(kept.items(), key=lambda each: each[0][0] != watched)
        ]


def _queries(alarm: Mapping[str, Any]) -> tuple[list[Any], str]:
    """Ask for what an alarm watches, and for the parts of which that is computed.

    An alarm's Metrics are queries of GetMetricData; the one to watch is the one whose ReturnData is
    true, and not the band of anomaly detection (CloudWatch API reference, MetricDataQuery).
    """
    if alarm.get("MetricName"):
        stat = {
            "Metric": {
                "Namespace": alarm["Namespace"],
                "MetricName": alarm["MetricName"],
                "Dimensions": alarm.get("Dimensions") or [],
            },
            "Period": alarm["Period"],
            "Stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
            **({"Unit": alarm["Unit"]} if alarm.get("Unit") else {}),
        }
        label = alarm["MetricName"]
        return [{"Id": "m1", "MetricStat": stat, "Label": label, "ReturnData": True}], "m1"
    metrics = alarm.get("Metrics") or []
    band = alarm.get("ThresholdMetricId")
    watched = next(
        (each["Id"] for each in metrics if each.get("ReturnData", True) and each["Id"] != band), ""
    )
    return ([{**each, "ReturnData": True} for each in metrics] if watched else []), watched


def _of_contributor(
    points: dict[tuple[str, str], dict[datetime, float]],
    watched: str,
    contributor: Contributor | None,
) -> dict[tuple[str, str], dict[datetime, float]]:
    """Keep the contributor's own line of those that a query returns; none where it is unclear.

    By what a line of a query is labelled is believed: the values that it is grouped by. So exactly
    one has to have all of them.
    """
    lines = {key: line for key, line in points.items() if key[0] == watched}
    rest = {key: line for key, line in points.items() if key[0] != watched}
    if contributor is None:
        return points if len(lines) <= 1 else rest
    values = list(contributor["attributes"].values())
    mine = {
        key: line
        for key, line in lines.items()
        if values and all(value in key[1].split() for value in values)
    }
    return {**mine, **rest} if len(mine) == 1 else rest


def _window(told: Metric, fired: datetime, seconds: int) -> tuple[datetime, datetime]:
    """Choose the span to show: whole periods, from before it fired to after the last thing."""
    last = max(at for at in (fired, told.off, told.recovered) if at)
    end = min(last + timedelta(seconds=seconds * _AFTER), datetime.now(UTC))
    begin = fired - timedelta(seconds=seconds * _BEFORE)
    end = min(end, begin + timedelta(seconds=seconds * _AT_MOST))
    whole = begin.timestamp() // seconds * seconds
    return datetime.fromtimestamp(whole, UTC), end + timedelta(seconds=seconds)


def _title(alarm: Mapping[str, Any], watched: str) -> str:
    seconds = period(alarm) or _ABOUT_A_MINUTE
    if alarm.get("MetricName"):
        stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return f"{alarm['MetricName']}, {stat} of {seconds} s"
    query = next(each for each in alarm["Metrics"] if each["Id"] == watched)
    named = query.get("Label") or query.get("Expression") or watched
    return f"{named}, of {seconds} s"


def _from_the_alarm(change: AlarmChange, off: datetime | None) -> Metric:
    """Show what came with the alarm: a few data points, where it has any."""
    found = change.measured
    points: list[tuple[datetime, float]] = []
    seconds = (found and found["periodSeconds"]) or 0
    if found and found["since"] and seconds:
        begun = moment(found["since"])
        points = [
            (begun + timedelta(seconds=seconds * number), value)
            for number, value in enumerate(found["values"])
        ]
    statistic = (found and found["statistic"]) or "value"
    return Metric(
        title=f"{change.name}, {statistic} of {seconds} s" if points else change.name,
        series=[Series(change.name, points, watched=True)] if points else [],
        threshold=found["threshold"] if found else None,
        comparison="",
        period_seconds=seconds,
        fired=change.transitioned_at,
        off=off,
        recovered=None,
        source="the alarm's own data" if points else "",
    )
