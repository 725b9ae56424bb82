"""What was read a moment ago: read once for however many who ask, and kept where reading fails."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import click
from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.errors import RollbackError
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

#: What reading may end with: AWS throttles, denies, or is away.
FAILED = (BotoCoreError, ClientError, RollbackError, LookupError, ValueError, click.ClickException)


@dataclass(frozen=True)
class Held(Generic[T]):
    """A value, and why it could not be read anew; empty where it was."""

    value: T
    stale: str = ""


class Kept(Generic[T]):
    """Values by key. Who asks while one is read waits for it, so nothing is read twice at once."""

    def __init__(self, seconds: float, most: int = 200) -> None:
        self._seconds = seconds
        self._most = most
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._values: dict[Hashable, tuple[float, T]] = {}

    def get(self, key: Hashable, read: Callable[[], T]) -> Held[T]:
        """Return the value if it is fresh, or read it; if that fails, return the previous one.

        Raises:
            Exception: it could not be read, and there is none of before.
        """
        with self._lock:
            reading = self._locks.setdefault(key, threading.Lock())
        with reading:
            known = self._values.get(key)
            if known and time.monotonic() - known[0] < self._seconds:
                return Held(known[1])
            try:
                value = read()
            except FAILED as error:
                if known is None:
                    with self._lock:  # or each name that nothing has would be kept
                        self._locks.pop(key, None)
                    raise
                return Held(known[1], sentence(error))
            self._keep(key, value)
            return Held(value)

    def _keep(self, key: Hashable, value: T) -> None:
        with self._lock:
            self._values[key] = (time.monotonic(), value)
            while len(self._values) > self._most:
                oldest = min(self._values, key=lambda each: self._values[each][0])
                del self._values[oldest]
                self._locks.pop(oldest, None)
