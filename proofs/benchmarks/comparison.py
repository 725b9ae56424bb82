"""A rollback by this project beside one by a single function and beside the least there could be.

All are started by an alarm through EventBridge, on the same embedded cloud with IAM enforced, each
function in a process of its own. They take turns, so that what else the machine does hits all
alike; medians are told.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from proofs.benchmarks import prices
from proofs.benchmarks.no_op.chain import CHAIN, MEMORY_MEGABYTES, SINGLE
from proofs.benchmarks.sites import build_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.cloud import EmbeddedCloud
    from proofs.benchmarks.rollback_run import MeasuredRun
    from proofs.benchmarks.sites import Site

NETWORKS = (0.0, 0.04, 0.2)
#: How often all is compared, each time in a new cloud.
COMPARISONS = 3
CONTENDERS = ("smallest", "single", "project")
TITLES = {
    "smallest": "smallest function",
    "single": "single function",
    "project": "this project",
}
#: What takes the emulator's share of each: as many functions and states that do nothing.
_FIXED = {"smallest": SINGLE, "single": SINGLE, "project": CHAIN}


@dataclass(frozen=True)
class Measured:
    """The runs of one contender under one network, all cold or all warm; seconds are medians.

    `fixed` is what the emulator itself takes from the alarm to the last function's answer.
    """

    name: str
    network: float
    cold: bool
    fixed: float
    runs: Sequence[MeasuredRun]

    def median(self, of: Callable[[MeasuredRun], float]) -> float:
        """The median of something over the runs."""
        return median(of(run) for run in self.runs)

    @property
    def started(self) -> float:
        """From the alarm to the deployment."""
        return self.median(lambda run: run.started)

    @property
    def own(self) -> float:
        """The same without what the emulator itself takes."""
        return self.started - self.fixed

    @property
    def calling(self) -> float:
        """Of that, the time in which an AWS call was under way."""
        return self.median(lambda run: run.calling)

    @property
    def confirmed(self) -> float | None:
        """From the alarm until it is confirmed that the flag is off."""
        times = [run.confirmed for run in self.runs if run.confirmed is not None]
        return median(times) if times else None

    @property
    def price_per_thousand(self) -> float:
        """US dollars for a thousand rollbacks like the median of these."""

        def cost(run: MeasuredRun) -> float:
            actions = tuple(call.action for call in run.calls)
            return prices.price(
                prices.Usage(
                    len(run.invocations), run.billed, MEMORY_MEGABYTES, run.transitions, actions
                )
            )

        return 1000 * self.median(cost)


@dataclass
class Comparison:
    """All runs, by contender (or no-op), network and whether cold."""

    runs: dict[tuple[str, float, bool], list[MeasuredRun]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def measured(self, name: str, network: float, *, cold: bool) -> Measured:
        """Pick what was measured of one contender."""
        fixed = self.fixed(_FIXED[name], cold=cold)
        return Measured(name, network, cold, fixed, self.runs[name, network, cold])

    def fixed(self, no_op: str, *, cold: bool) -> float:
        """What the emulator itself takes; no network is in it, so all runs count."""
        return median(
            run.started
            for (name, _, was_cold), runs in self.runs.items()
            if name == no_op and was_cold == cold
            for run in runs
        )

    def times_single(self, network: float, *, cold: bool) -> float:
        """How many times the single function this project takes, the emulator's share taken off."""
        project, single = (
            self.measured(name, network, cold=cold) for name in ("project", "single")
        )
        return project.own / single.own

    @property
    def networks(self) -> list[float]:
        """The networks that were measured."""
        return sorted({network for _, network, _ in self.runs})


def middle(comparisons: Sequence[Comparison], network: float) -> Comparison:
    """Pick the comparison whose ratio to the single function is the median under this network.

    Warm runs and cold ones each have a ratio, so they may come from two comparisons.
    """
    found = Comparison()
    for cold in (False, True):
        ordered = sorted(comparisons, key=lambda each: each.times_single(network, cold=cold))
        for key, runs in ordered[len(ordered) // 2].runs.items():
            if key[2] == cold:
                found.runs[key] = runs
    return found


@dataclass(frozen=True)
class Parts:
    """Where the time from alarm to deployment goes, in seconds."""

    fixed: float
    imports: float
    calling: float
    other: float


def parts(comparison: Comparison, name: str, network: float, *, cold: bool) -> Parts:
    """Take the time apart.

    What is neither the emulator's nor an AWS call is the function's own work. Cold, it has the
    imports and clients in it: what a cold run takes there more than a warm one.
    """
    measured = comparison.measured(name, network, cold=cold)
    warm = comparison.measured(name, network, cold=False)
    other = max(warm.own - warm.calling, 0.0)
    imports = max(measured.own - measured.calling - other, 0.0) if cold else 0.0
    return Parts(measured.fixed, imports, measured.calling, other)


def compare(
    cloud: EmbeddedCloud,
    *,
    networks: Sequence[float] = NETWORKS,
    repetitions: int = 7,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Comparison, dict[str, Site]]:
    """Let all take turns; returns the runs, and the sites for more."""
    comparison = Comparison()
    with tempfile.TemporaryDirectory() as folder:
        sites = build_sites(cloud, Path(folder))
    for repetition in range(repetitions):
        for network in networks:
            progress(f"round {repetition + 1} of {repetitions}, {network * 1000:g} ms on each call")
            for name, site in sites.items():
                for cold in (True, False):
                    run = site.run(cold=cold, network_seconds=network)
                    comparison.runs[name, network, cold].append(run)
                    # What was only warmed up has not worked yet; it is warm after the next run.
                    if cold:
                        site.run(cold=False, network_seconds=0)
    return comparison, sites
