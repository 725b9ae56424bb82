"""What can be said of calls and invocations from when they began and ended."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Begin and end, in seconds.
Interval = tuple[float, float]


def longest_sequence(intervals: Iterable[Interval]) -> int:
    """Count the longest chain of intervals of which each begins after the one before has ended.

    Calls that overlap were under way together, so a chain has at most one of them. Taking what ends
    first, again and again, gives the longest chain.
    """
    length, free_from = 0, -math.inf
    for begin, end in sorted(intervals, key=lambda interval: interval[1]):
        if begin >= free_from:
            length, free_from = length + 1, end
    return length


def covered_seconds(intervals: Iterable[Interval]) -> float:
    """Add up the time during which at least one interval runs."""
    total, until = 0.0, -math.inf
    for begin, end in sorted(intervals):
        total += max(end - max(begin, until), 0.0)
        until = max(until, end)
    return total


def billed_milliseconds(durations: Iterable[float]) -> int:
    """Add up invocations' durations in seconds, each rounded up to a millisecond as Lambda does."""
    # Rounded first: what floating point adds below a microsecond is no started millisecond.
    return sum(math.ceil(round(seconds * 1000, 3)) for seconds in durations)
