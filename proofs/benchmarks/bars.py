"""What the measurements have to reach: each bar with what was measured, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from proofs.benchmarks.storm import MOST_DEPLOYMENTS, MOST_TIMES_ONE, MOST_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofs.benchmarks.cold_start import ColdStart
    from proofs.benchmarks.comparison import Comparison
    from proofs.benchmarks.state_data import StateData
    from proofs.benchmarks.storm import Measured as MeasuredStorm

MOST_CALLS, MOST_INVOCATIONS, MOST_TRANSITIONS = 7, 4, 20
MOST_TIMES_SINGLE = {False: 1.3, True: 1.5}
#: Seconds from the alarm to confirmed off.
MOST_TO_OFF = {False: 1.0, True: 1.7}
MOST_TIMES_LEAST = 1.15
NETWORK = 0.04
#: Numbers and dates in the state data may have a digit more or less.
SAME_STATE_DATA = 0.01


@dataclass(frozen=True)
class Bar:
    """A bar: `measured` is to be at most `limit`; what never came about is infinite.

    Where it is the median of several runs, `spread` is the least and the most of them.
    """

    what: str
    measured: float
    limit: float
    unit: str = ""
    spread: tuple[float, float] | None = None

    @property
    def met(self) -> bool:
        """Return whether it is."""
        return self.measured <= self.limit

    @property
    def value(self) -> str:
        """Say what was measured, with the spread."""
        if math.isinf(self.measured):
            return "never"
        if self.spread is None:
            return f"{self.measured:g}"
        least, most = self.spread
        return f"{self.measured:g} ({least:g} to {most:g})"

    @property
    def verdict(self) -> str:
        """Say so, and by how much not."""
        if self.met:
            return "met"
        if math.isinf(self.measured):
            return "missed"
        if not self.limit:
            return f"missed: {self.measured:g} too many"
        return f"missed by {self.measured / self.limit - 1:.0%}"


def bars(
    comparisons: Sequence[Comparison],
    cold_starts: list[ColdStart],
    state_data: list[StateData],
    storms: list[MeasuredStorm],
) -> list[Bar]:
    """Hold everything against its bar."""
    return [
        *_of_comparisons(comparisons),
        *_of_cold_starts(cold_starts),
        _of_state_data(state_data),
        *_of_storms(storms),
    ]


def _of_comparisons(comparisons: Sequence[Comparison]) -> list[Bar]:
    by_start = {
        cold: [
            run
            for comparison in comparisons
            for run in comparison.measured("project", NETWORK, cold=cold).runs
        ]
        for cold in (False, True)
    }
    runs = [*by_start[False], *by_start[True]]
    found = [
        *(
            Bar(
                f"AWS calls in sequence up to StartDeployment, {_start(cold=cold)}",
                # Calls side by side come one after the other where the processors are busy.
                median(run.calls_in_sequence for run in each),
                MOST_CALLS,
            )
            for cold, each in by_start.items()
        ),
        Bar(
            "function invocations up to StartDeployment",
            max(run.invocations_to_start for run in runs),
            MOST_INVOCATIONS,
        ),
        Bar("state transitions of a rollback", max(r.transitions for r in runs), MOST_TRANSITIONS),
    ]
    for cold, limit in MOST_TIMES_SINGLE.items():
        times = [comparison.times_single(NETWORK, cold=cold) for comparison in comparisons]
        found.append(_median("deployment", times, limit, "x the single function", cold=cold))
    for cold, limit in MOST_TO_OFF.items():
        off = [c.measured("project", NETWORK, cold=cold).confirmed for c in comparisons]
        seconds = [each for each in off if each is not None]
        found.append(_median("confirmed off", seconds, limit, "s", cold=cold))
    return found


def _median(to: str, measured: list[float], limit: float, unit: str, *, cold: bool) -> Bar:
    what = f"alarm to {to}, {_start(cold=cold)}, {NETWORK * 1000:g} ms a call"
    spread = round(min(measured), 2), round(max(measured), 2)
    return Bar(what, round(median(measured), 2), limit, unit, spread)


def _start(*, cold: bool) -> str:
    return "cold" if cold else "warm"


def _of_cold_starts(cold_starts: list[ColdStart]) -> list[Bar]:
    parse_alarm = next(found for found in cold_starts if found.function == "parse_alarm")
    slowest = max(cold_starts, key=lambda found: found.ratio)
    return [
        Bar("imports of boto3 or botocore by ParseAlarm", 0 if parse_alarm.without_sdk else 1, 0),
        Bar(
            f"slowest cold start ({slowest.function})",
            round(slowest.ratio, 2),
            MOST_TIMES_LEAST,
            "x the bare client",
        ),
    ]


def _of_state_data(state_data: list[StateData]) -> Bar:
    sizes = [found.largest for found in state_data]
    grown = round((max(sizes) - min(sizes)) / min(sizes) * 100, 2)
    return Bar("growth of the state data from 1 KB to 2 MB", grown, SAME_STATE_DATA * 100, "%")


def _of_storms(storms: list[MeasuredStorm]) -> list[Bar]:
    largest = max(found.size for found in storms)
    found = [
        Bar(
            f"deployments for {largest} alarms",
            max(measured.ended.deployments for measured in storms),
            MOST_DEPLOYMENTS,
        ),
        Bar(
            f"versions for {largest} alarms",
            max(measured.ended.versions for measured in storms),
            MOST_VERSIONS,
        ),
        Bar(
            "flags still on, notices or executions missing after storms",
            sum(len(measured.missed()) for measured in storms),
            0,
        ),
    ]
    for seconds in sorted({measured.invocation_seconds for measured in storms}):
        slowest = max(m.times_one for m in storms if m.invocation_seconds == seconds)
        what = f"slowest flag of {largest} alarms, {seconds:g} s for each invocation"
        found.append(Bar(what, round(slowest, 1), MOST_TIMES_ONE, "x one alone"))
    return found
