"""The timeline: each visit as a bar, an attempt after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flag_rollback.execution.visits import Visit

#: Of an attempt with more visits than these together, the first and the last are shown.
_FIRST, _LAST = 40, 60


@dataclass(frozen=True)
class Row:
    """A visit, by its place in the list of all; `left` and `width` are percent of the attempt."""

    visit: int
    start_seconds: float
    seconds: float
    left: float
    width: float


@dataclass(frozen=True)
class Stretch:
    """An attempt's visits; `hidden` of them are left out before the row of that place."""

    attempt: int
    begun: datetime
    rows: Sequence[Row]
    hidden: int
    hidden_before: int


def rows(visits: Sequence[Visit], now: datetime) -> list[Stretch]:
    """Lay out when each visit began, and how long it took."""
    return [
        _stretch(visits, attempt, now) for attempt in sorted({visit.attempt for visit in visits})
    ]


def _stretch(visits: Sequence[Visit], attempt: int, now: datetime) -> Stretch:
    places = [place for place, visit in enumerate(visits) if visit.attempt == attempt]
    begun = visits[places[0]].entered
    end = max(visits[place].left or now for place in places)
    whole = max((end - begun).total_seconds(), 0.001)
    hidden = max(len(places) - _FIRST - _LAST, 0)
    shown = [*places[:_FIRST], *places[-_LAST:]] if hidden else places
    found = []
    for place in shown:
        start = (visits[place].entered - begun).total_seconds()
        seconds = visits[place].seconds(now)
        left = min(start / whole * 100, 99.0)
        width = min(max(seconds / whole * 100, 0.6), 100 - left)
        found.append(Row(place, start, seconds, left, width))
    return Stretch(attempt, begun, found, hidden, places[-_LAST] if hidden else -1)
