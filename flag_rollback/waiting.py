"""The one way to wait: for a condition, and never for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class WaitedTooLongError(TimeoutError):
    """What was waited for did not come true in time."""


def turns(seconds: float, every: float, what: str) -> Iterator[None]:
    """Yield at each turn to look, some time apart; the last one once the time is up.

    Raises:
        WaitedTooLongError: the caller went on after the last turn.
    """
    deadline = time.monotonic() + seconds
    while True:
        last = time.monotonic() > deadline
        yield
        if last:
            raise WaitedTooLongError(f"timed out after {seconds:g} s waiting for {what}")
        time.sleep(every)


def wait_for(probe: Callable[[], T | None], what: str, *, seconds: float, every: float = 0.05) -> T:
    """Ask until the answer is something true, and return that.

    Raises:
        WaitedTooLongError: it was not within that time.
    """
    for _ in turns(seconds, every, what):
        if answer := probe():
            return answer
    raise AssertionError("unreachable")
