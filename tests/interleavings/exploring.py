"""Goes through all orders of the calls of several actors, each state that they come to once.

How everything stands is told by the world and by how far each actor is, so two orders that lead to
the same state are one from there on: calls that commute lead to the same state. A call that
commutes with all that others may ever do is made at once, and no other order of it is tried (a
persistent set of one; Godefroid, "Partial-Order Methods for the Verification of Concurrent
Systems", 1996). Nobody loops over such calls alone, so nothing is put off for ever.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from tests.interleavings.actor import Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Hashable, Iterator, Sequence

    from tests.interleavings.actor import Actor
    from tests.interleavings.world import World

Value = TypeVar("Value")
#: What has gone wrong, and by their numbers: the world, and how far each actor is.
State = tuple[Fault, int, tuple[int, ...]]
#: What an actor does, how far it is then, the world, the fault, and whether the call commutes.
_Step = tuple[str, int, int, Fault, bool]
#: An order that is longer than any that comes to an end goes round for ever.
_LONGEST = 5000


class NeverEndsError(AssertionError):
    """Somebody is not done, and nobody can go on; or all go round for ever."""


class _Numbered(Generic[Value]):
    """Values by numbers, each once."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._values: list[Value] = []

    def number(self, value: Value, key: Hashable) -> int:
        found = self._numbers.setdefault(key, len(self._values))
        if found == len(self._values):
            self._values.append(value)
        return found

    def __getitem__(self, number: int) -> Value:
        return self._values[number]


@dataclass
class Explored:
    """What was gone through; `whole` says whether that was everything.

    `orders` are the ways from the beginning to an end that do not go in circles; where not
    everything was gone through, those that were tried.
    """

    states: int = 0
    orders: int = 0
    whole: bool = True
    ends: list[State] = field(default_factory=list)


class Explorer:
    """All that can come of some actors in a world.

    Without `reduce` no call is made at once, and every order is tried.
    """

    def __init__(self, world: World, actors: Sequence[Actor], *, reduce: bool = True) -> None:
        self.actors = actors
        self._reduce = reduce
        self._worlds: _Numbered[World] = _Numbered()
        self._locals: _Numbered[Hashable] = _Numbered()
        self._steps: list[dict[tuple[int, int, Fault], tuple[_Step, ...]]] = [{} for _ in actors]
        self._over: list[dict[int, bool]] = [{} for _ in actors]
        self._world = world

    def world(self, state: State) -> World:
        return self._worlds[state[1]]

    def locals(self, state: State) -> list[Hashable]:
        """How far each actor is, in a state."""
        return [self._locals[number] for number in state[2]]

    def begin(self, fault: Fault = "none") -> State:
        return self.at(self._world, [actor.begin() for actor in self.actors], fault)

    def at(self, world: World, where: Sequence[Hashable], fault: Fault) -> State:
        """Let everything stand so."""
        numbers = tuple(self._locals.number(each, each) for each in where)
        return fault, self._number(world), numbers

    def explore(self, begin: Sequence[State], most_states: int = 10**9) -> Explored:
        """Go through all orders from some states, the shortest first.

        Raises:
            NeverEndsError: some order does not come to an end.
        """
        numbers = {state: number for number, state in enumerate(dict.fromkeys(begin))}
        states = list(numbers)
        first = len(states)
        where, leads_to = array("Q", [0]), array("Q")
        explored = Explored()
        for state in states:  # it grows meanwhile
            successors = {after for _, after in self.successors(state)}
            if not successors:
                self._require_over(state)
                explored.ends.append(state)
            for after in successors:
                found = numbers.setdefault(after, len(states))
                if found == len(states):
                    states.append(after)
                leads_to.append(found)
            where.append(len(leads_to))
            if len(states) > most_states:
                return Explored(len(states), whole=False, ends=explored.ends)
        explored.states = len(states)
        graph = _Graph(where, leads_to)
        lost = graph.lost([numbers[end] for end in explored.ends])
        if lost is not None:
            way = self.trace(begin, states[lost])
            raise NeverEndsError("\n".join(["this goes round for ever", *way]))
        explored.orders = graph.ways(first)
        return explored

    def sample(self, begin: State, orders: int, draw: random.Random) -> Explored:
        """Try some orders, drawn at random.

        Raises:
            NeverEndsError: one of them does not come to an end.
        """
        ends: dict[State, None] = {}
        seen = set()
        for _ in range(orders):
            state, steps = begin, 0
            while successors := self.successors(state):
                state = draw.choice(successors)[1]
                seen.add(state)
                steps += 1
                if steps > _LONGEST:
                    raise NeverEndsError("this order takes too long")
            self._require_over(state)
            ends[state] = None
        return Explored(len(seen), orders, whole=False, ends=list(ends))

    def every_order(self, state: State) -> Iterator[State]:
        """Go through every single order to its end, one by one: for very small scenarios."""
        to_do = [(state, frozenset([state]))]
        while to_do:
            state, before = to_do.pop()
            successors = self.successors(state)
            if not successors:
                yield state
            to_do += [(after, before | {after}) for _, after in successors if after not in before]

    def successors(self, state: State) -> list[tuple[str, State]]:
        """List what can happen next; only what commutes with everything else, if there is such."""
        fault, world, where = state
        found: list[tuple[str, State]] = []
        if self._all_over(state):
            return found
        for index, local in enumerate(where):
            steps = self._steps[index].get((local, world, fault))
            if steps is None:
                steps = self._find_steps(index, local, world, fault)
            if self._reduce and steps and steps[0][4]:
                # The first call's, and whatever goes wrong with it.
                call = steps[0][0]
                steps = tuple(step for step in steps if step[4] and step[0].startswith(call))
                found = []
            before, after = where[:index], where[index + 1 :]
            found += [
                (what, (then, changed, (*before, moved, *after)))
                for what, moved, changed, then, _ in steps
            ]
            if self._reduce and steps and steps[0][4]:
                break
        return found

    def trace(self, begin: Sequence[State], to: State) -> list[str]:
        """Tell the shortest way to a state."""
        came_from: dict[State, tuple[State, str] | None] = dict.fromkeys(begin)
        for state in (states := list(came_from)):
            for what, after in self.successors(state):
                if after not in came_from:
                    came_from[after] = state, what
                    states.append(after)
            if to in came_from:
                break
        told: list[str] = []
        while before := came_from[to]:
            to, what = before
            told.append(what)
        return told[::-1]

    def _find_steps(self, index: int, local: int, world: int, fault: Fault) -> tuple[_Step, ...]:
        """Work out what an actor can do: what commutes first."""
        at, actor = self._worlds[world], self.actors[index]
        steps = tuple(
            (
                f"{actor.name}: {move.what}",
                self._locals.number(move.local, move.local),
                world if move.world is at else self._number(move.world),
                move.fault,
                move.commutes,
            )
            for move in actor.moves(self._locals[local], at, fault)
        )
        found = tuple(sorted(steps, key=lambda step: not step[4]))
        self._steps[index][local, world, fault] = found
        return found

    def _number(self, world: World) -> int:
        return self._worlds.number(world, world.key())

    def _all_over(self, state: State) -> bool:
        for index, local in enumerate(state[2]):
            over = self._over[index].get(local)
            if over is None:
                actor = self.actors[index]
                over = actor.background or actor.is_over(self._locals[local])
                self._over[index][local] = over
            if not over:
                return False
        return True

    def _require_over(self, state: State) -> None:
        if not self._all_over(state):
            raise NeverEndsError("nobody can go on")


@dataclass(frozen=True)
class _Graph:
    """Which state leads to which: those of state n are between `where[n]` and `where[n + 1]`."""

    where: array[int]
    leads_to: array[int]

    def after(self, state: int) -> array[int]:
        return self.leads_to[self.where[state] : self.where[state + 1]]

    def lost(self, ends: Sequence[int]) -> int | None:
        """Find a state from which no end can be reached."""
        count = len(self.where) - 1
        before: list[list[int]] = [[] for _ in range(count)]
        for state in range(count):
            for after in self.after(state):
                before[after].append(state)
        reach, to_do = bytearray(count), list(ends)
        for end in ends:
            reach[end] = 1
        while to_do:
            for state in before[to_do.pop()]:
                if not reach[state]:
                    reach[state] = 1
                    to_do.append(state)
        return next((state for state in range(count) if not reach[state]), None)

    def ways(self, first: int) -> int:
        """Count the ways from the first states to an end, without going in circles."""
        counts: list[int | None] = [None] * (len(self.where) - 1)
        under_way = bytearray(len(counts))
        for begin in range(first):
            stack = [(begin, iter(self.after(begin)))]
            while stack:
                state, successors = stack[-1]
                under_way[state] = 1
                after = next(successors, None)
                if after is None:
                    stack.pop()
                    under_way[state] = 0
                    ways = self.after(state)
                    counts[state] = sum(counts[each] or 0 for each in ways) if ways else 1
                elif counts[after] is None and not under_way[after]:
                    stack.append((after, iter(self.after(after))))
        return sum(counts[begin] or 0 for begin in range(first))
