"""Runs actors one at a time, in an order that is chosen from outside.

Every actor has a thread, and a baton is handed over: only its holder runs, up to its next `pause`.
So an order of calls is a list of numbers, and the same list gives the same order again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: How many turns a run may take at most, whatever the order.
_MOST_TURNS = 3000

#: A turn takes microseconds; one that waits for another actor would take for ever.
_LONGEST_TURN_SECONDS = 10

Turns = tuple[int, int]  # which of the ready actors, and how many turns it gets in a row


class DidNotEndError(AssertionError):
    """The actors were still busy after all those turns, or nobody was ready to go on."""


class _AbandonedError(BaseException):
    """Ends an actor's thread that is not needed any more."""


@dataclass
class _Actor:
    name: str
    body: Callable[[], None]
    ready: Callable[[], bool]
    background: bool
    baton: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: bool = False
    error: BaseException | None = None
    thread: threading.Thread | None = None


class Scheduler:
    """Actors, and the baton that they hand over."""

    def __init__(self) -> None:
        self._actors: list[_Actor] = []
        self._back = threading.Semaphore(0)
        self._holder: _Actor | None = None
        self._abandoned = False
        self.turn = 0
        self.trace: list[str] = []

    def add(
        self,
        name: str,
        body: Callable[[], None],
        *,
        ready: Callable[[], bool] = lambda: True,
        background: bool = False,
    ) -> None:
        """Add an actor; one in the background does not have to end, and works while others do."""
        self._actors.append(_Actor(name, body, ready, background))

    @property
    def holder(self) -> str:
        """The name of the actor that runs now; empty before and after the run."""
        return self._holder.name if self._holder else ""

    def pause(self, what: str) -> None:
        """Give the baton back, before doing `what`, and wait for the next turn."""
        actor = self._holder
        if actor is None:
            return
        self.trace.append(f"{actor.name}: {what}")
        self._back.release()
        actor.baton.acquire()
        if self._abandoned:
            raise _AbandonedError

    def run(self, order: Sequence[Turns]) -> None:
        """Run all actors to their ends: in the order given, and after that in turn.

        Raises:
            DidNotEndError: somebody is not done after very many turns.
        """
        for actor in self._actors:
            actor.thread = threading.Thread(target=self._live, args=(actor,), daemon=True)
            actor.thread.start()
        try:
            self._hand_out(list(order))
        finally:
            self._abandon()
        for actor in self._actors:
            if actor.error:
                raise actor.error

    def _hand_out(self, order: list[Turns]) -> None:
        next_in_turn = 0
        while any(not actor.ended and not actor.background for actor in self._actors):
            ready = [actor for actor in self._actors if not actor.ended and actor.ready()]
            if not ready:
                raise DidNotEndError("nobody is ready to go on")
            if order:
                which, times = order.pop(0)
                actor = ready[which % len(ready)]
            else:
                next_in_turn += 1
                actor, times = ready[next_in_turn % len(ready)], 1
            for _ in range(times):
                if not actor.ended and actor.ready():
                    self._turn(actor)

    def _turn(self, actor: _Actor) -> None:
        self.turn += 1
        if self.turn > _MOST_TURNS:
            raise DidNotEndError(f"not ended after {_MOST_TURNS} turns; last: {self.trace[-20:]}")
        self._holder = actor
        actor.baton.release()
        if not self._back.acquire(timeout=_LONGEST_TURN_SECONDS):
            raise DidNotEndError(f"{actor.name} does not hand the baton back")
        self._holder = None

    def _live(self, actor: _Actor) -> None:
        actor.baton.acquire()
        try:
            if not self._abandoned:
                actor.body()
        except _AbandonedError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of `run`
            actor.error = error
        actor.ended = True
        self._back.release()

    def _abandon(self) -> None:
        self._abandoned = True
        for actor in self._actors:
            if not actor.ended:
                actor.baton.release()
            if actor.thread:
                actor.thread.join(timeout=10)
