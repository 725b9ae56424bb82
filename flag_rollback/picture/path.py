"""The path that an execution took: its visits in order, with what was repeated folded together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flag_rollback.execution.machine import Machine
    from flag_rollback.execution.visits import Visit

#: How many states a turn that is repeated may have.
_LONGEST_TURN = 8
_FIRST, _LAST = 60, 60


@dataclass(frozen=True)
class Step:
    """A state on the path, with its visits as their places in the list of all, the first first.

    `why` says on what condition the path came here from the step before; empty where it always
    does. `turn` is how often the turn was made that this step is part of, where that is more than
    once; `opens` and `closes` say that it is the first or the last step of that turn.
    """

    state: str
    visits: Sequence[int]
    why: str
    turn: int = 1
    opens: bool = False
    closes: bool = False


@dataclass(frozen=True)
class Attempt:
    """The path of the first try, or of one redrive.

    `hidden` steps are left out before the one of that place: the first and the last are shown of a
    path that is too long to be read.
    """

    number: int
    steps: Sequence[Step]
    hidden: int = 0
    hidden_before: int = -1


def path(visits: Sequence[Visit], machine: Machine) -> list[Attempt]:
    """Lay an execution's visits out as a straight path, an attempt after the other."""
    numbers = sorted({visit.attempt for visit in visits})
    return [_attempt(number, list(_steps(visits, machine, number))) for number in numbers]


def _attempt(number: int, steps: list[Step]) -> Attempt:
    hidden = len(steps) - _FIRST - _LAST
    if hidden <= 0:
        return Attempt(number, steps)
    return Attempt(number, [*steps[:_FIRST], *steps[-_LAST:]], hidden, _FIRST)


def _steps(visits: Sequence[Visit], machine: Machine, attempt: int) -> Iterator[Step]:
    places = [place for place, visit in enumerate(visits) if visit.attempt == attempt]
    whys = {(edge.source, edge.target): _why(edge.kind, edge.label) for edge in machine.edges}
    names = [visits[place].state for place in places]
    at, before = 0, ""
    while at < len(names):
        length, times = _turn(names, at)
        for number in range(length):
            name = names[at + number]
            mine = places[at + number : at + length * times : length]
            opens, closes = times > 1 and number == 0, times > 1 and number == length - 1
            yield Step(name, mine, whys.get((before, name), ""), times, opens, closes)
            before = name
        at += length * times


def _turn(names: Sequence[str], at: int) -> tuple[int, int]:
    """Find what is repeated from here on: how many states, how often; the longest stretch wins."""
    best = (1, 1)
    for length in range(1, _LONGEST_TURN + 1):
        turn, times = names[at : at + length], 1
        while names[at + length * times : at + length * (times + 1)] == turn:
            times += 1
        if times > 1 and length * times > best[0] * best[1]:
            best = (length, times)
    return best


def _why(kind: str, label: str) -> str:
    if kind == "catch":
        return f"on {label}" if label else "on an error"
    return label
