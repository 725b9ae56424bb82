"""Goes through all orders of the calls of several actors, each state that they come to once.

How everything stands is told by the world and by how far each actor is, so two orders that lead to
the same state are one from there on: calls that commute lead to the same state. A call that
commutes with all that others may ever do is made at once, and no other order of it is tried (a
persistent set of one; Godefroid, "Partial-Order Methods for the Verification of Concurrent
Systems", 1996). Nobody loops over such calls alone, so nothing is put off for ever.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from tests.interleavings.actor import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from tests.interleavings.actor import Actor
    from tests.interleavings.world import World

Value = TypeVar("Value")
#: The world, what has gone wrong, and how far each actor is: by their numbers.
State = tuple[int, Fault, tuple[int, ...]]
#: What an actor does, and what comes of it: its own number, the world's, the fault, does it commute
_Step = tuple[str, int, int, Fault, bool]


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
    """What was gone through; `whole` says whether that was everything."""

    states: int = 0
    steps: int = 0
    orders: int = 0
    whole: bool = True
    ends: set[State] = field(default_factory=set)


class Explorer:
    """All that can come of some actors in a world.

    Without `reduce` no call is made at once, and every order is tried.
    """

    def __init__(
        self,
        world: World,
        actors: Sequence[Actor],
        commute: Callable[[bool], bool] = bool,
    ) -> None:
        self.actors = actors
        self._commute = commute
        self._worlds: _Numbered[World] = _Numbered()
        self._locals: _Numbered[Hashable] = _Numbered()
        self._steps: dict[tuple[int, int, int, Fault], list[_Step]] = {}
        self._begin = (
            self._number(world),
            tuple(self._locals.number(each, each) for each in (a.begin() for a in actors)),
        )
        self._came_from: dict[State, tuple[State, str] | None] = {}

    def world(self, state: State) -> World:
        return self._worlds[state[0]]

    def locals(self, state: State) -> list[Hashable]:
        """How far each actor is, in a state."""
        return [self._locals[number] for number in state[2]]

    def begin(self, fault: Fault = "none") -> State:
        world, where = self._begin
        return world, fault, where

    def at(self, state: State, actor: int, local: Hashable) -> State:
        """Put an actor elsewhere."""
        world, fault, where = state
        moved = self._locals.number(local, local)
        return world, fault, (*where[:actor], moved, *where[actor + 1 :])

    def explore(
        self,
        check: Callable[[State], None],
        *,
        fault: Fault = "none",
        begin: State | None = None,
        most_states: int = 10**9,
    ) -> Explored:
        """Go through all orders, the shortest first; `check` is given each end.

        Raises:
            NeverEndsError: some order does not come to an end.
        """
        first = begin or self.begin(fault)
        came_from = self._came_from = {first: None}
        following: dict[State, tuple[State, ...]] = {}
        explored = Explored()
        to_do = deque([first])
        while to_do:
            state = to_do.popleft()
            successors = []
            for what, after in self.successors(state):
                explored.steps += 1
                successors.append(after)
                if after not in came_from:
                    came_from[after] = state, what
                    to_do.append(after)
            following[state] = tuple(dict.fromkeys(successors))
            if not successors or self._all_over(state):
                self._require_over(state)
                explored.ends.add(state)
                check(state)
            if len(came_from) > most_states:
                explored.whole = False
                break
        explored.states = len(came_from)
        if explored.whole:
            explored.orders = self._count(first, following)
            self._require_ends(following, explored.ends)
        return explored

    def successors(self, state: State) -> list[tuple[str, State]]:
        """List what can happen next; only what commutes with everything else, if there is such."""
        world, fault, where = state
        found = []
        if self._all_over(state):
            return found
        for index, actor in enumerate(self.actors):
            steps = self._steps_of(index, where[index], world, fault)
            for each in steps:
                what, local, then, fault_then, commutes = each
                after = then, fault_then, (*where[:index], local, *where[index + 1 :])
                found.append((f"{actor.name}: {what}", after, commutes, index))
        at_once = next(((w, i) for w, _, c, i in found if c), None)
        if at_once:
            call, index = at_once
            alone = [(w, after) for w, after, c, i in found if c and i == index]
            return [(w, after) for w, after in alone if w.startswith(call)]
        return [(w, after) for w, after, _, _ in found]

    def trace(self, state: State) -> list[str]:
        """Tell what led to a state."""
        told: list[str] = []
        while before := self._came_from[state]:
            state, what = before
            told.append(what)
        return told[::-1]

    def every_order(self, state: State) -> Iterator[State]:
        """Go through every single order to its end, one by one: for very small scenarios."""
        to_do = [state]
        while to_do:
            state = to_do.pop()
            successors = self.successors(state)
            if successors:
                to_do += [after for _, after in successors]
            else:
                yield state

    def _steps_of(self, index: int, local: int, world: int, fault: Fault) -> list[_Step]:
        key = index, local, world, fault
        if key not in self._steps:
            moves = self.actors[index].moves(self._locals[local], self._worlds[world], fault)
            self._steps[key] = [
                (
                    move.what,
                    self._locals.number(move.local, move.local),
                    self._number(move.world),
                    move.fault,
                    self._commute(move.commutes),
                )
                for move in moves
            ]
        return self._steps[key]

    def _number(self, world: World) -> int:
        return self._worlds.number(world, world.key())

    def _all_over(self, state: State) -> bool:
        return all(
            actor.background or actor.is_over(self._locals[local])
            for actor, local in zip(self.actors, state[2], strict=True)
        )

    def _require_over(self, state: State) -> None:
        if not self._all_over(state):
            raise NeverEndsError("nobody can go on")

    def _require_ends(self, following: dict[State, tuple[State, ...]], ends: set[State]) -> None:
        """Look whether an end can be reached from everywhere."""
        before: dict[State, list[State]] = {}
        for state, successors in following.items():
            for after in successors:
                before.setdefault(after, []).append(state)
        reach, to_do = set(ends), list(ends)
        while to_do:
            for state in before.get(to_do.pop(), ()):
                if state not in reach:
                    reach.add(state)
                    to_do.append(state)
        lost = next((state for state in following if state not in reach), None)
        if lost:
            raise NeverEndsError("\n".join(["this goes round for ever", *self.trace(lost)]))

    @staticmethod
    def _count(first: State, following: dict[State, tuple[State, ...]]) -> int:
        """Count the orders: the ways from the first state to an end, without going in circles."""
        counts: dict[State, int] = {}
        open_ones = {first}
        stack = [(first, iter(following[first]))]
        while stack:
            state, successors = stack[-1]
            after = next(successors, None)
            if after is None:
                stack.pop()
                open_ones.discard(state)
                ways = following[state]
                counts[state] = sum(counts.get(each, 0) for each in ways) if ways else 1
            elif after not in counts and after not in open_ones:
                open_ones.add(after)
                stack.append((after, iter(following[after])))
        return counts[first]
