"""Simulated time: actors that sleep, one of which runs at a time.

Each actor has a thread, and only the holder of the baton runs, up to its next pause; the next is
whoever wakes first. So what happens, and when, depends on the seed alone and not on the machine.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(eq=False)
class _Actor:
    body: Callable[[], None]
    baton: threading.Lock = field(default_factory=threading.Lock)
    #: What the actor stands for: what it does, its children do for the same.
    on_behalf_of: object = None

    def __post_init__(self) -> None:
        self.baton.acquire()  # whoever hands it over releases it


class Timeline:
    """The time, and all who wait for some moment of it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._waiting: list[tuple[float, int, _Actor]] = []
        self._numbers = count()
        self._over = threading.Event()
        self._running: _Actor | None = None
        self._error: BaseException | None = None

    def now(self) -> datetime:
        """Return the simulated time."""
        return BEGAN + timedelta(seconds=self.seconds)

    def iso(self) -> str:
        """Write it as AWS does."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def on_behalf_of(self) -> object:
        """What the running actor stands for; it may be set."""
        return self._running.on_behalf_of if self._running else None

    @on_behalf_of.setter
    def on_behalf_of(self, what: object) -> None:
        assert self._running
        self._running.on_behalf_of = what

    def at(self, seconds: float, body: Callable[[], None]) -> None:
        """Let a new actor begin at a moment."""
        actor = _Actor(body, on_behalf_of=self.on_behalf_of)
        heapq.heappush(self._waiting, (max(seconds, self.seconds), next(self._numbers), actor))
        threading.Thread(target=self._live, args=(actor,), daemon=True).start()

    def after(self, seconds: float, body: Callable[[], None]) -> None:
        """Let a new actor begin after some time."""
        self.at(self.seconds + seconds, body)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the running actor."""
        actor = self._running
        assert actor
        heapq.heappush(
            self._waiting, (self.seconds + max(seconds, 0.0), next(self._numbers), actor)
        )
        self._hand_over(actor)

    def stop(self) -> _Actor:
        """Give the running actor, which calls `wait` next, to whoever wakes it."""
        assert self._running
        return self._running

    def wait(self, actor: _Actor) -> None:
        """Wait until somebody wakes this actor."""
        self._hand_over(actor)

    def wake(self, actor: _Actor) -> None:
        """Let an actor that waits go on, now."""
        heapq.heappush(self._waiting, (self.seconds, next(self._numbers), actor))

    def run(self) -> None:
        """Let all actors live to their ends; raises what one of them raised."""
        self._next()
        self._over.wait()
        if self._error:
            raise self._error

    def _hand_over(self, actor: _Actor) -> None:
        if self._next() is not actor:
            actor.baton.acquire()

    def _next(self) -> _Actor | None:
        """Hand the baton to whoever wakes first, unless that is who holds it."""
        before = self._running
        if not self._waiting or self._error:
            self._over.set()
            return None
        self.seconds, _, actor = heapq.heappop(self._waiting)
        self._running = actor
        if actor is not before:
            actor.baton.release()
        return actor

    def _live(self, actor: _Actor) -> None:
        actor.baton.acquire()
        try:
            actor.body()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of `run`
            self._error = self._error or error
        self._running = None
        self._next()


class Read(Generic[T]):
    """An answer that another actor fetches: a future of simulated time."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._answer: list[T] = []
        self._error: Exception | None = None
        self._done = False
        self._waiting: list[_Actor] = []

    def fetch(self, call: Callable[[], T]) -> None:
        """Fetch it, in the actor that does so."""
        try:
            self._answer.append(call())
        except Exception as error:  # noqa: BLE001 - raised wherever the answer is needed
            self._error = error
        self._done = True
        for actor in self._waiting:
            self._timeline.wake(actor)

    def exception(self) -> Exception | None:
        """Wait for the answer; gives its error, if it is one."""
        try:
            self.result()
        except Exception as error:  # noqa: BLE001 - given, not raised
            return error
        return None

    def result(self, timeout: float | None = None) -> T:  # noqa: ARG002 - all answers come
        """Wait for the answer, or for its error."""
        while not self._done:
            actor = self._timeline.stop()
            self._waiting.append(actor)
            self._timeline.wait(actor)
        if self._error:
            raise self._error
        return self._answer[0]


class Readers:
    """In place of a ThreadPoolExecutor: so many actors at most that read side by side."""

    def __init__(self, timeline: Timeline, workers: int) -> None:
        self._timeline = timeline
        self._workers = workers
        self._queue: deque[Callable[[], None]] = deque()
        self._busy = 0
        self._reads: list[Read[object]] = []

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    def submit(self, call: Callable[..., T], *args: object) -> Read[T]:
        """Have a call made by the next worker that is free."""
        read: Read[T] = Read(self._timeline)
        self._reads.append(read)  # type: ignore[arg-type]
        self._queue.append(lambda: read.fetch(lambda: call(*args)))
        if self._busy < self._workers:
            self._busy += 1
            self._timeline.after(0.0, self._work)
        return read

    def wait(self) -> None:
        """Wait for all that was submitted."""
        for read in self._reads:
            read.exception()

    def shutdown(self, **_: object) -> None:
        """There is nothing to shut down."""

    def _work(self) -> None:
        while self._queue:
            self._queue.popleft()()
        self._busy -= 1
