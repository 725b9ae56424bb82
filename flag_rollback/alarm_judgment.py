"""Whether an alarm is worth acting on, judged by what DescribeAlarms says of it.

Evaluation periods, missing data and math are as in the CloudWatch user guide, "Using CloudWatch
alarms" and "Using math expressions". That disabled actions stop no event: "Alarm events and
EventBridge".
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from appconfig_rollback.guarding import DIMENSION, FLAG_TAGS, POLICY_TAG, policy_of
from flag_rollback.findings import Finding, found
from flag_rollback.guards import expressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from flag_rollback.guards import Guard

SLOW_SECONDS = 300
#: How far back an alarm's history is looked at, and how much of that may be without data.
LATELY = timedelta(days=1)
_WITHOUT_DATA = 0.1

#: What queries and searches quote: a namespace such as AWS/Lambda is no division.
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_DIVISION = re.compile(r"[\w)\]]\s*/\s*[\w(]")
#: What is divided by, where it is named, and what is asked to be at least some number.
_DIVISOR = re.compile(r"/\s*\(?\s*([A-Za-z]\w*)\b(?!\s*\()")
_AT_LEAST = re.compile(r"\b([A-Za-z]\w*)\s*>=?\s*(\d+(?:\.\d+)?)")


def judge(
    guard: Guard,
    *,
    on: Collection[str],
    served: Collection[str],
    muted: bool | None,
    tags_are_told: bool,
) -> Iterator[Finding]:
    """Judge an alarm, one finding for each thing that is unwise.

    `on` and `served` are the flags that are on, and all; `muted` is None where nobody knows.
    `tags_are_told` says whether the SDK knows where DescribeAlarms has whether tags travel.
    """
    yield from _flags(guard, served)
    if guard.by == "tag":
        yield from _travel(guard, told=tags_are_told)
    yield from _evaluation(guard)
    yield from _state(guard, on=on, muted=muted)


def period(alarm: Mapping[str, Any]) -> int | None:
    """Find the seconds of a data point, the longest of an alarm's metrics; None: it has none."""
    periods = [
        metric.get("Period") or metric.get("MetricStat", {}).get("Period")
        for metric in alarm.get("Metrics") or [alarm]
    ]
    return max((int(seconds) for seconds in periods if seconds), default=None)


def needed(alarm: Mapping[str, Any]) -> int | None:
    """Find how many data points must breach; None where the alarm has none."""
    number = alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods")
    return int(number) if number else None


def seconds_to_fire(alarm: Mapping[str, Any]) -> int | None:
    """Count from the first breaching data point's begin until an alarm fires, all breaching."""
    seconds, points = period(alarm), needed(alarm)
    return seconds * points if seconds and points else None


def often_without_data(
    guard: Guard, history: Sequence[Mapping[str, Any]], now: datetime
) -> Iterator[Finding]:
    """Judge how long an alarm was in INSUFFICIENT_DATA lately.

    `history` are DescribeAlarmHistory's items of type StateUpdate since `now` - LATELY, in any
    order. The state before the first of them counts since the alarm was last configured.
    """
    moments = sorted((item["Timestamp"], new_state(item)) for item in history)
    if history:
        first = min(history, key=lambda item: item["Timestamp"])
        begun = guard.alarm.get("AlarmConfigurationUpdatedTimestamp", first["Timestamp"])
        since = min(max(begun, now - LATELY), first["Timestamp"])
        moments.insert(0, (since, _old_state(first)))
    if not moments and guard.alarm.get("StateTransitionedTimestamp"):
        since = max(guard.alarm["StateTransitionedTimestamp"], now - LATELY)
        moments = [(since, guard.alarm["StateValue"])]
    without = sum(
        (
            end - begin
            for (begin, state), (end, _) in pairwise([*moments, (now, "")])
            if state == "INSUFFICIENT_DATA"
        ),
        timedelta(),
    )
    if without > LATELY * _WITHOUT_DATA:
        hours = without.total_seconds() / 3600
        yield found(
            "often-without-data",
            f"alarm {guard.name} had no data for {hours:.1f} h of the last day",
        )


def _flags(guard: Guard, served: Collection[str]) -> Iterator[Finding]:
    for flag in guard.flags:
        if flag not in served:
            named = "names" if guard.by == "name" else "has a tag that names"
            yield found(
                "no-such-flag",
                f"alarm {guard.name} {named} {flag}, no flag that is served: its rollback would "
                "fail",
                flag=flag,
            )
    metrics = [guard.alarm, *(_metric(metric) for metric in guard.alarm.get("Metrics", []))]
    watched = {
        dimension["Value"]
        for metric in metrics
        for dimension in metric.get("Dimensions", [])
        if dimension["Name"] == DIMENSION
    }
    if guard.by != "series" and watched and watched.isdisjoint(guard.flags):
        yield found(
            "other-dimension",
            f"alarm {guard.name} turns {_and(guard.flags)} off, and watches the metric of "
            f"{_and(watched)}",
            flags=_and(guard.flags),
        )


def _travel(guard: Guard, *, told: bool) -> Iterator[Finding]:
    asked = guard.alarm.get("ActionConfiguration", {}).get("AlarmTagsPropagation", {})
    named = [tag for tag in FLAG_TAGS if (guard.tags or {}).get(tag)]
    if not asked and not told:
        yield found("tags-may-stay", f"whether the tags of alarm {guard.name} travel is unknown")
        return
    included, excluded = asked.get("IncludedTagKeys"), asked.get("ExcludedTagKeys") or ()
    travelling = asked.get("Enabled") and all(
        (not included or tag in included) and tag not in excluded for tag in named
    )
    if not travelling:
        yield found(
            "tags-stay",
            f"the tags of alarm {guard.name} do not travel with its events, so it starts no "
            "rollback",
        )


def _evaluation(guard: Guard) -> Iterator[Finding]:
    alarm = guard.alarm
    if "AlarmRule" in alarm:
        yield found(
            "composite", f"alarm {guard.name} is made of other alarms, which are not judged here"
        )
    texts = [_QUOTED.sub("quoted", text) for text in expressions(alarm)]
    if needed(alarm) == 1:
        yield found("one-data-point", f"alarm {guard.name} fires at a single data point")
    if any(map(_DIVISION.search, texts)) and not _asks_for_a_minimum(texts):
        yield found(
            "no-minimum",
            f"alarm {guard.name} watches a ratio without a minimum of requests: a few errors at "
            "night fire it",
        )
    if alarm.get("TreatMissingData") == "breaching":
        yield found("missing-breaches", f"alarm {guard.name} fires when data is missing")
    seconds = seconds_to_fire(alarm)
    if seconds and seconds > SLOW_SECONDS:
        yield found(
            "slow",
            f"alarm {guard.name} takes {seconds} s to fire: {needed(alarm)} data points of "
            f"{period(alarm)} s",
        )


def _asks_for_a_minimum(texts: list[str]) -> bool:
    """Return whether what an alarm divides by has to be more than one request.

    Where it divides by what has no name, a minimum of anything counts.
    """
    divisors = {name for text in texts for name in _DIVISOR.findall(text)}
    asked = [pair for text in texts for pair in _AT_LEAST.findall(text)]
    return any(float(least) > 1 and (not divisors or name in divisors) for name, least in asked)


def _state(guard: Guard, *, on: Collection[str], muted: bool | None) -> Iterator[Finding]:
    alarm = guard.alarm
    if policy_of(guard.tags or {}) == "notify":
        yield found(
            "held-back",
            f"alarm {guard.name} has the tag {POLICY_TAG} = notify: it only has the rollback say "
            "what it would turn off",
        )
    if alarm.get("ActionsEnabled") is False:
        yield found(
            "actions-disabled",
            f"the actions of alarm {guard.name} are disabled, and it turns flags off all the same",
        )
    if muted:
        yield found("muted", f"alarm {guard.name} is muted now, so it turns nothing off")
    if alarm.get("StateValue") != "ALARM":
        return
    still_on = [flag for flag in guard.flags if flag in on]
    if guard.by == "series":
        yield found("fires-off", f"a series of alarm {guard.name} fires now")
    elif still_on:
        yield found("fires", f"alarm {guard.name} fires now, and {_and(still_on)} is on")
    else:
        yield found("fires-off", f"alarm {guard.name} fires now; what it guards is off")


def _metric(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    found_metric: Mapping[str, Any] = metric.get("MetricStat", {}).get("Metric", {})
    return found_metric


def new_state(item: Mapping[str, Any]) -> str:
    """Read the state that an alarm came to, as the history's summary ends."""
    return str(item.get("HistorySummary", "")).rsplit(" ", 1)[-1]


def _old_state(item: Mapping[str, Any]) -> str:
    """Read the state that an alarm came from: "Alarm updated from OK to ALARM"."""
    words = str(item.get("HistorySummary", "")).split(" ")
    return words[-3] if len(words) > 2 else ""


def _and(flags: Collection[str]) -> str:
    return " and ".join(sorted(flags))
