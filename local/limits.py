"""AppConfig's request limits: how often a second each operation may be called.

AWS General Reference, "AWS AppConfig endpoints and quotas": 100 a second for Get operations, 10
for List, Create and Update operations, StartDeployment and StopDeployment; they cannot be raised.
What is above gets ThrottlingException (429). The size of a burst is not documented; here it is
what one second allows. `EmbeddedCloud(limits=True)` switches them on; GET on /_local/limits tells
how often each operation was called and throttled.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.front import Request, say, see_requests, with_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.front import AsgiApp, PassOn, Response

PATH = "/_local/limits"
_LIMITED = ("/applications", "/deployment", "/experimentdefinitions")
_GETS_PER_SECOND = 100
_OTHERS_PER_SECOND = 10


@dataclass
class Bucket:
    """A token bucket; `now` is the clock that fills it, `burst` how many calls it holds.

    Without a burst it holds what one second allows.
    """

    per_second: float
    now: Callable[[], float] = time.monotonic
    burst: float | None = None
    calls: int = 0
    throttled: int = 0
    _most: float = field(init=False)
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._most = self.per_second if self.burst is None else self.burst
        self._tokens, self._filled_at = self._most, self.now()

    def take(self) -> bool:
        """Count a call; False where it is one too many."""
        now = self.now()
        filled = self._tokens + (now - self._filled_at) * self.per_second
        self._tokens, self._filled_at = min(filled, self._most), now
        self.calls += 1
        if self._tokens < 1:
            self.throttled += 1
            return False
        self._tokens -= 1
        return True


class Limits:
    """The buckets of all operations, by IAM's names of the actions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(_OTHERS_PER_SECOND))

    def allow(self, action: str) -> bool:
        """Count a call of an action; False where it is to be throttled."""
        with self._lock:
            if ":Get" in action and action not in self._buckets:
                self._buckets[action] = Bucket(_GETS_PER_SECOND)
            return self._buckets[action].take()

    def counted(self) -> dict[str, dict[str, int]]:
        """Return how often each action was called and throttled."""
        with self._lock:
            return {
                action: {"calls": bucket.calls, "throttled": bucket.throttled}
                for action, bucket in self._buckets.items()
            }


def install(serve: AsgiApp) -> AsgiApp:
    """Put the limits in front of MiniStack's AppConfig, in this process, and tell the counts."""
    from ministack.services import appconfig  # type: ignore[import-untyped]

    limits = Limits()

    async def limit(request: Request, pass_on: PassOn) -> Response:
        if request.path.startswith(_LIMITED):
            service, action = request.called
            if service == "appconfig" and not limits.allow(action):
                throttled: Response = appconfig._error(429, "ThrottlingException", "Rate exceeded")
                return throttled
        return await pass_on()

    see_requests(limit)
    return with_control(serve, PATH, lambda _method, _said: limits.counted())


def counted(endpoint_url: str) -> dict[str, dict[str, int]]:
    """Ask an embedded cloud how often each operation was called and throttled."""
    found: dict[str, dict[str, int]] = say(endpoint_url + PATH)
    return found
