"""A storm, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections import Counter

    from proofs.benchmarks.prices import Usage


#: What CloudWatch throttles: nothing, DescribeAlarms, or ListTagsForResource as well.
CloudWatch = Literal["unlimited", "alarms", "tags"]


@dataclass(frozen=True)
class Storm:
    """So many alarms, or so many series of one alarm, in an account of some concurrency."""

    size: int
    concurrency: int
    by: Literal["names", "series"] = "names"
    cloudwatch: CloudWatch = "unlimited"
    seed: int = 1

    def __str__(self) -> str:
        many = f"{self.size:,} alarm{'s' if self.size > 1 else ''}"
        if self.by == "series":
            many = f"1 alarm, {self.size:,} series"
        return f"{many}, seed {self.seed}"


@dataclass(frozen=True)
class Ended:
    """How a storm ended; seconds are after the last alarm fired.

    `red` are the executions and watches that did not succeed, with why. `lists` is how many lists
    of AppConfig were answered to each execution. Transitions and invocations are for each alarm,
    with warm-ups and what begins watches, without the watches themselves; `tries` are those of the
    rollback's own steps. `told_early` are flags that were said to be off while users got them.
    `slowest_off_seconds` is how long after its own alarm the slowest flag was off. `usage` is all
    that has its price, the watches' included.
    """

    storm: Storm
    deployments: int
    versions: int
    off_seconds: float
    told_seconds: float
    still_on: list[str]
    untold: list[str]
    told_early: list[str]
    red: list[str]
    lists: list[int]
    throttled: Counter[str]
    transitions: float
    invocations: float
    tries: float
    throttled_invocations: int
    watches: Counter[str]
    watch_invocations: int
    slowest_off_seconds: float
    usage: Usage

    @property
    def lists_of_each(self) -> float:
        """How many lists of AppConfig there were for each execution."""
        return sum(self.lists) / len(self.lists)

    @property
    def amiss(self) -> int:
        """How many runs are red, flags still on, and outcomes untold or told too early."""
        return len(self.red) + len(self.still_on) + len(self.untold) + len(self.told_early)
