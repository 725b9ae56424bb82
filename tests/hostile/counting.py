"""What something costs, counted and not timed: the same on a busy machine."""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(action: Callable[[], object]) -> int:
    """Count the calls, of Python's functions and of those in C, that something takes."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:  # noqa: ARG001
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def peak(action: Callable[[], object]) -> int:
    """Measure the bytes that something holds at most, beyond what was held before."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
