"""How long users were exposed: from the first bad data point to the flag confirmed off.

It is told only where the alarm's own data say when it began; nothing is guessed. The first bad data
point is the first that the alarm counted, so what was bad before, and did not breach, is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appconfig_rollback.state import State, flags_off_at
from appconfig_rollback.times import moment, seconds_between
from appconfig_rollback.untyped import finite

#: "... were greater than or equal to the threshold (5.0) ...", as CloudWatch words its reasons.
_COMPARISON = re.compile(r"\b(greater|less) than( or equal to)? the threshold\b")


@dataclass(frozen=True)
class ExposedFor:
    """The parts in seconds: until the alarm fired, and from then until the flag was off.

    What clients add until their next poll comes on top.
    """

    noticing: float
    rolling_back: float

    @property
    def seconds(self) -> float:
        """Their sum."""
        return self.noticing + self.rolling_back

    def __str__(self) -> str:
        return (
            f"Users were exposed for {self.seconds:.0f} seconds: {self.noticing:.0f} until the "
            f"alarm fired, {self.rolling_back:.0f} until the flag was off; each client until its "
            "next poll, too."
        )


def exposed_for(state: State) -> ExposedFor | None:
    """Measure it; None where nothing went off, or the alarm does not say when it began."""
    alarm, off = state["alarm"], flags_off_at(state)
    began = alarm.get("breachedSince")
    if off is None or began is None or moment(began) > moment(alarm["transitionedAt"]):
        return None
    return ExposedFor(
        seconds_between(began, alarm["transitionedAt"]),
        seconds_between(alarm["transitionedAt"], off),
    )


def first_breach(data: Mapping[str, Any], reason: str) -> datetime | None:
    """Find when the first data point began that breached the threshold; None where that is unclear.

    `data` are the alarm's reason data, and `reason` its text, which alone says on which side of the
    threshold is bad.
    """
    threshold, found = finite(data.get("threshold")), _COMPARISON.search(reason)
    if found is None or threshold is None:
        return None
    sign = 1 if found[1] == "greater" else -1
    or_equal = bool(found[2])
    for at, value in sorted(_points(data)):
        over = (value - threshold) * sign
        if over > 0 or (or_equal and over == 0):
            return at
    return None


def _points(data: Mapping[str, Any]) -> Iterator[tuple[datetime, float]]:
    """Yield the data points with their times, where the data contain both."""
    evaluated = data.get("evaluatedDatapoints")
    try:
        if isinstance(evaluated, list) and evaluated:
            for each in evaluated:
                if "value" in each:  # a period without data has none
                    yield moment(each["timestamp"]), float(each["value"])
            return
        yield from _recent(data)
    except (KeyError, TypeError, ValueError, OverflowError):
        return  # no such data, or a number beyond what a float or a date can be


def _recent(data: Mapping[str, Any]) -> Iterator[tuple[datetime, float]]:
    """Place data points that have no times: one a period, without a hole up to when it was asked.

    Where periods without data are left out of the list, nobody knows which.
    """
    values, period = data["recentDatapoints"], timedelta(seconds=float(data["period"]))
    start, asked = moment(data["startDate"]), moment(data["queryDate"])
    end = start + period * len(values)
    if not end <= asked < end + period * 2:
        return
    for number, value in enumerate(values):
        yield start + period * number, float(value)
