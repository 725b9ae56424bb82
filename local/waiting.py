"""The one way to wait here: for a condition, and never for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class WaitedTooLongError(TimeoutError):
    """What was waited for did not come true in time."""


def wait_for(probe: Callable[[], T | None], what: str, *, seconds: float, every: float = 0.05) -> T:
    """Ask ``probe`` until it answers something true, and return that."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := probe():
            return answer
        if time.monotonic() > deadline:
            raise WaitedTooLongError(f"{what}: not within {seconds:g} s")
        time.sleep(every)
