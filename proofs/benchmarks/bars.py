"""What the measurements have to reach: each bar with what was measured, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.benchmarks.storm import MOST_DEPLOYMENTS, MOST_TIMES_ONE, MOST_VERSIONS

if TYPE_CHECKING:
    from proofs.benchmarks.cold_start import ColdStart
    from proofs.benchmarks.comparison import Comparison
    from proofs.benchmarks.state_data import StateData
    from proofs.benchmarks.storm import Measured as MeasuredStorm

MOST_CALLS, MOST_INVOCATIONS, MOST_TRANSITIONS = 7, 4, 20
MOST_TIMES_SINGLE = {False: 1.3, True: 1.5}
MOST_TIMES_LEAST = 1.15
NETWORK = 0.04
#: Numbers and dates in the state data may have a digit more or less.
SAME_STATE_DATA = 0.01


@dataclass(frozen=True)
class Bar:
    """A bar: `measured` is to be at most `limit`."""

    what: str
    measured: float
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Return whether it is."""
        return self.measured <= self.limit

    @property
    def verdict(self) -> str:
        """Say so, and by how much not."""
        if self.met:
            return "met"
        if not self.limit:
            return f"missed: {self.measured:g} too many"
        return f"missed by {self.measured / self.limit - 1:.0%}"


def bars(
    comparison: Comparison,
    cold_starts: list[ColdStart],
    state_data: list[StateData],
    storms: list[MeasuredStorm],
) -> list[Bar]:
    """Hold everything against its bar."""
    return [
        *_of_comparison(comparison),
        *_of_cold_starts(cold_starts),
        _of_state_data(state_data),
        *_of_storms(storms),
    ]


def _of_comparison(comparison: Comparison) -> list[Bar]:
    runs = [
        run
        for cold in (False, True)
        for run in comparison.measured("project", NETWORK, cold=cold).runs
    ]
    found = [
        Bar(
            "AWS calls in sequence up to StartDeployment",
            max(run.calls_in_sequence for run in runs),
            MOST_CALLS,
        ),
        Bar(
            "function invocations up to StartDeployment",
            max(run.invocations_to_start for run in runs),
            MOST_INVOCATIONS,
        ),
        Bar("state transitions of a rollback", max(r.transitions for r in runs), MOST_TRANSITIONS),
    ]
    for cold, limit in MOST_TIMES_SINGLE.items():
        times = comparison.times_single(NETWORK, cold=cold)
        what = f"alarm to deployment, {'cold' if cold else 'warm'}, {NETWORK * 1000:g} ms a call"
        found.append(Bar(what, round(times, 2), limit, "x the single function"))
    return found


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
