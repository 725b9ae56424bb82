"""Plays every scenario, and every scenario again without each guard, on all processors."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.interleavings.guards import GUARDS
from tests.interleavings.playing import Played, play
from tests.interleavings.scenarios import SCENARIOS, scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.interleavings.actor import Fault


@dataclass(frozen=True)
class Bounds:
    """How much is gone through.

    A scenario whose orders lead to more than `states` states is sampled: `orders` are drawn. With
    something going wrong, or a guard gone, it is `less` of the states.
    """

    states: int
    orders: int
    less: int


@dataclass(frozen=True)
class Run:
    """One scenario to play: with a careful person or not, and what goes wrong once."""

    scenario: str
    careful: bool
    fault: Fault


@dataclass(frozen=True)
class Measured:
    """What came of a run: counts, processor seconds, and the broken promises."""

    run: Run
    states: int
    orders: int
    whole: bool
    ends: int
    redriven: int
    seconds: float
    broken: dict[str, str]


@dataclass(frozen=True)
class Missed:
    """Where a guard was missed first, and by which promises; `tried` are scenarios without it."""

    guard: str
    scenario: str
    broken: tuple[str, ...]
    tried: int


def runs(only: str = "") -> list[Run]:
    """List all runs: what goes wrong is a permission only where no person acts."""
    found = []
    for each in SCENARIOS:
        for careful in (True, False) if each.person else (True,):
            faults: list[Fault] = ["none", "crash", "lost"]
            faults += [] if each.person else ["denied"]
            found += [Run(each.name, careful, fault) for fault in faults if only in each.name]
    return found


def measure(asked: list[Run], bounds: Bounds) -> Iterator[Measured]:
    """Play runs side by side, the longest first."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        people_first = sorted(asked, key=lambda run: not scenario(run.scenario).person)
        waiting = [pool.submit(_measure, run, bounds) for run in people_first]
        for done in as_completed(waiting):
            yield done.result()


def miss(bounds: Bounds) -> Iterator[Missed]:
    """Take each guard out in turn."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(_miss, number, bounds) for number in range(len(GUARDS))]
        for done in waiting:
            yield done.result()


def _measure(run: Run, bounds: Bounds) -> Measured:
    states = bounds.states if run.fault == "none" else bounds.less
    stage = scenario(run.scenario).stage(careful=run.careful)
    played = play(stage, run.fault, most_states=states, orders=bounds.orders)
    return _measured(run, played)


def _measured(run: Run, played: Played) -> Measured:
    explored = played.explored
    return Measured(
        run,
        explored.states,
        explored.orders,
        explored.whole and (played.redriven is None or played.redriven.whole),
        len(explored.ends),
        played.redriven.states if played.redriven else 0,
        played.seconds,
        played.broken,
    )


def _miss(number: int, bounds: Bounds) -> Missed:
    """Play the scenario that is known to miss it, then the others, until one does."""
    guard = GUARDS[number]
    first = scenario(guard.scenario)
    tried = 0
    with guard.taken_out():
        for each in (first, *(other for other in SCENARIOS if other is not first)):
            tried += 1
            stage = each.stage(careful=False, locks=guard.locks)
            played = play(stage, most_states=bounds.less, orders=bounds.orders)
            if played.broken:
                return Missed(guard.name, each.name, tuple(played.broken), tried)
    return Missed(guard.name, "", (), tried)
