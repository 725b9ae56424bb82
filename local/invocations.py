"""The functions' processes: what each invocation took, and how to have none of them left.

Lambda keeps an environment for the next invocation (warm) or has to make a new one (cold). The
server part notes both for every invocation, as a REPORT line of Lambda would, and can end all
environments, so that what comes next is cold. The client part is ``Environments``; both speak at
/_local/invocations: POST begins a new record, GET reads it, DELETE ends the environments.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local.front import say, with_control

if TYPE_CHECKING:
    from local.front import AsgiApp

PATH = "/_local/invocations"


@dataclass
class Invocation:
    """An invocation of a function; the times are of this machine's clock, in seconds since 1970.

    It was ``asked`` for; its environment was ``ready`` (at once where it is warm); the handler had
    ``answered``; None as long as that has not happened.
    """

    function: str
    asked: float
    ready: float | None = None
    answered: float | None = None
    cold: bool = False


class Environments:
    """The client part, for one embedded cloud."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = endpoint_url + PATH

    def record(self) -> None:
        """Begin a new record."""
        say(self._url, "POST")

    def invocations(self) -> list[Invocation]:
        """Read the invocations that were asked for since the record began, in that order."""
        found = [Invocation(**entry) for entry in say(self._url)]
        return sorted(found, key=lambda invocation: invocation.asked)

    def end_all(self) -> None:
        """End every environment: the next invocation of each function is a cold one."""
        say(self._url, "DELETE")


class Log:
    """The server part's memory: nothing is kept before the first record begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._invocations: list[Invocation] | None = None

    def begin(self) -> None:
        """Begin a new record."""
        with self._lock:
            self._invocations = []

    def add(self, invocation: Invocation) -> None:
        """Remember an invocation, if there is a record."""
        with self._lock:
            if self._invocations is not None:
                self._invocations.append(invocation)

    def listed(self) -> list[dict[str, Any]]:
        """Every invocation of the record."""
        with self._lock:
            return [asdict(invocation) for invocation in self._invocations or []]


def install(serve: AsgiApp) -> AsgiApp:
    """Watch MiniStack's environments, in this process, and end them when told to."""
    from ministack.core import lambda_runtime  # type: ignore[import-untyped]

    log, ProvidedWorker = Log(), lambda_runtime.ProvidedWorker  # noqa: N806 - a class
    invoke, spawn = ProvidedWorker.invoke, ProvidedWorker._spawn
    record_result = ProvidedWorker._record_result

    def watched_invoke(worker: Any, *event: Any, **about: Any) -> Any:  # noqa: ANN401
        now = time.time()
        worker.watched = invocation = Invocation(worker.func_name, asked=now, ready=now)
        log.add(invocation)
        try:
            return invoke(worker, *event, **about)
        finally:
            invocation.answered = invocation.answered or time.time()

    def watched_spawn(worker: Any, *within: Any, **about: Any) -> None:  # noqa: ANN401
        spawn(worker, *within, **about)
        worker.watched.cold, worker.watched.ready = True, time.time()

    def watched_result(worker: Any, *result: Any) -> Any:  # noqa: ANN401
        worker.watched.answered = time.time()
        return record_result(worker, *result)

    # An environment that is made before it is asked for anything has nothing to note.
    ProvidedWorker.watched = Invocation("", asked=0.0)
    ProvidedWorker.invoke, ProvidedWorker._spawn = watched_invoke, watched_spawn
    ProvidedWorker._record_result = watched_result

    def control(method: str, _said: object) -> list[dict[str, Any]]:
        if method == "POST":
            log.begin()
        elif method == "DELETE":
            lambda_runtime.reset()
        return log.listed()

    return with_control(serve, PATH, control)
