"""The one way to wait here: for a condition, and never for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


def turns(seconds: float, every: float, what: str) -> Iterator[None]:
    """Give turns to look, some time apart; raises once the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(every)
    raise click.ClickException(f"waited {seconds:g} s for {what} in vain")


def wait_for(probe: Callable[[], T | None], what: str, *, seconds: float, every: float = 0.5) -> T:
    """Ask until the answer is something true, and return that."""
    for _ in turns(seconds, every, what):
        if answer := probe():
            return answer
    raise AssertionError("unreachable")
