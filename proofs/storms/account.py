"""Lambda in simulated time: environments, the account's concurrency, and the queue of calls."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofs.storms.timeline import Timeline

#: Lambda's longest pause between two tries of a call that it has queued.
_LONGEST_PAUSE_SECONDS = 300.0


def _named(name: str) -> type[Exception]:
    """Make an error of the name by which a state machine knows it."""
    return type(name, (Exception,), {})


#: Step Functions developer guide, "Handle Lambda service exceptions".
TooManyRequests = _named("Lambda.TooManyRequestsException")


@dataclass(eq=False)
class Environment:
    """One of a function: it has a processor, and what it remembers from call to call.

    `serving` is who called the function: an execution's or a watch's name.
    """

    timeline: Timeline
    serving: str = ""
    free_at: float = 0.0
    memory: dict[str, Any] = field(default_factory=dict)

    def compute(self, seconds: float) -> None:
        """Use the processor, after whatever else of this environment wants it."""
        self.free_at = max(self.free_at, self.timeline.seconds) + seconds
        self.timeline.sleep(self.free_at - self.timeline.seconds)


@dataclass
class Account:
    """An account that runs so many functions at once; each call takes `invocation_seconds` more."""

    timeline: Timeline
    concurrency: int
    invocation_seconds: float
    invocations: int = 0
    throttled: int = 0
    billed_seconds: float = 0.0
    _running: int = 0
    _idle: defaultdict[str, list[Environment]] = field(default_factory=lambda: defaultdict(list))

    def invoke(self, function: str, by: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Call a function and wait for its answer.

        Raises:
            TooManyRequests: the account's concurrency is spent.
        """
        if self._running >= self.concurrency:
            self.throttled += 1
            raise TooManyRequests("Rate Exceeded")
        self._running += 1
        self.invocations += 1
        idle = self._idle[function]
        # Which of the idle ones Lambda takes is not documented.
        index = random.randrange(len(idle)) if idle else 0  # noqa: S311 - no secret
        environment = idle.pop(index) if idle else Environment(self.timeline)
        environment.serving = by
        before, self.timeline.on_behalf_of = self.timeline.on_behalf_of, environment
        began = self.timeline.seconds
        try:
            self.timeline.sleep(self.invocation_seconds)
            return work()
        finally:
            self.timeline.on_behalf_of = before
            self.billed_seconds += self.timeline.seconds - began
            idle.append(environment)
            self._running -= 1

    def queue(self, function: str, by: str, longest_age: float, work: Callable[[], Any]) -> None:
        """Call a function without waiting: a call that is throttled is tried again for so long."""

        def call() -> None:
            queued, pause = self.timeline.seconds, 1.0
            while True:
                try:
                    self.invoke(function, by, work)
                except TooManyRequests:
                    if self.timeline.seconds + pause - queued > longest_age:
                        return
                    self.timeline.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                else:
                    return

        self.timeline.after(0.0, call)
