"""Plays a scenario in all orders, and holds the promises against every end; then it is redriven."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest import mock

from tests.interleavings.execution import Doing, Execution
from tests.interleavings.exploring import Explored, Explorer, NeverEndsError, State
from tests.interleavings.invariants import ORDERS_END, End, broken
from tests.interleavings.place import in_place_of_aws
from tests.interleavings.world import CLOCK, REDRIVEN

if TYPE_CHECKING:
    from tests.interleavings.actor import Fault
    from tests.interleavings.stage import Stage

#: By which orders are drawn.
_SEED = 20


@dataclass
class Played:
    """What a scenario came to: what was gone through, and the promises that were broken.

    `seconds` are of processor time. `broken` has of each promise what was wrong first, with the
    order that led there.
    """

    explored: Explored
    redriven: Explored | None = None
    seconds: float = 0.0
    broken: dict[str, str] = field(default_factory=dict)


def play(
    stage: Stage, fault: Fault = "none", *, most_states: int = 20_000, orders: int = 300
) -> Played:
    """Play it in all orders; where those have too many states, in some, drawn at random."""
    began = time.process_time()
    with in_place_of_aws(stage.settings):
        explorer = Explorer(stage.world, stage.actors, reduce=stage.at_once)
        begin = explorer.begin(fault)
        played = Played(Explored())
        try:
            played.explored = explorer.explore([begin], most_states)
            if not played.explored.whole:
                draw = random.Random(_SEED)  # noqa: S311 - no secret
                played.explored = explorer.sample(begin, orders, draw)
            for state in played.explored.ends:
                _check(stage, explorer, begin, state, played)
            _redrive(stage, explorer, played, most_states)
        except NeverEndsError as error:
            played.broken[ORDERS_END.id] = str(error)
    played.seconds = time.process_time() - began
    return played


def _check(stage: Stage, explorer: Explorer, begin: State, state: State, played: Played) -> None:
    end = _end(stage, explorer, state, redriven=False)
    for invariant, wrong in broken(end).items():
        if invariant not in played.broken:
            way = explorer.trace([begin], state) if played.explored.whole else ["a drawn order"]
            played.broken[invariant] = "\n".join([wrong, *way])


def _redrive(stage: Stage, explorer: Explorer, played: Played, most_states: int) -> None:
    """Redrive all that has failed, from every end: its cause is gone by then."""
    begin: dict[State, None] = {}
    later = Explorer(stage.world, stage.actors)
    with mock.patch.object(CLOCK, "time", REDRIVEN):
        for state in played.explored.ends:
            where = explorer.locals(state)
            failed = {
                actor.name: actor.redrive(doing)
                for actor, doing in zip(stage.actors, where, strict=True)
                if isinstance(actor, Execution)
                and isinstance(doing, Doing)
                and doing.error
                and not actor.by_hand
            }
            if not failed:
                continue
            world = explorer.world(state).copied()
            world.failed = world.failed.difference(failed)
            world.monitors_quiet |= world.monitors_firing
            world.monitors_firing = frozenset()
            for name in failed:
                del world.ended[name]
            moved = [
                failed.get(actor.name, doing)
                for actor, doing in zip(stage.actors, where, strict=True)
            ]
            told: Fault = "happened as it told" if state[0] == "happened as it told" else "happened"
            begin[later.at(world, moved, told)] = None
        if not begin:
            return
        played.redriven = later.explore(list(begin), most_states)
        for state in played.redriven.ends:
            end = _end(stage, later, state, redriven=True)
            for invariant, wrong in broken(end).items():
                if invariant not in played.broken:
                    way = later.trace(list(begin), state)
                    played.broken[invariant] = "\n".join([wrong, "redriven:", *way])


def _end(stage: Stage, explorer: Explorer, state: State, *, redriven: bool) -> End:
    where = zip(stage.actors, explorer.locals(state), strict=True)
    ended = {actor.name: doing for actor, doing in where if isinstance(doing, Doing)}
    return End(stage, explorer.world(state), ended, state[0], redriven)
