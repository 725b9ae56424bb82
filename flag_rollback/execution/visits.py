"""An execution's history as a list of visits: a state entered, tried, and left."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Status = Literal["running", "succeeded", "caught", "failed", "aborted"]

_TASK = ("LambdaFunction", "Task", "Activity")
_TRY_FAILED = ("Failed", "TimedOut")
_HOW_IT_ENDED: dict[str, Status] = {
    "ExecutionFailed": "failed",
    "ExecutionTimedOut": "failed",
    "ExecutionAborted": "aborted",
}


@dataclass
class Try:
    """One try of a task; `error` is empty where it went well or is not over."""

    started: datetime
    ended: datetime | None = None
    error: str = ""
    cause: str = ""


@dataclass
class Visit:
    """One stay in a state. `attempt` is 0 until the first redrive; texts are JSON or empty."""

    state: str
    type: str
    attempt: int
    entered: datetime
    input: str = ""
    left: datetime | None = None
    output: str = ""
    status: Status = "running"
    tries: list[Try] = field(default_factory=list)

    @property
    def error(self) -> Try | None:
        """The failed try that the visit ended with."""
        return self.tries[-1] if self.tries and self.tries[-1].error else None

    def seconds(self, now: datetime) -> float:
        """Say how long it took, or has taken so far."""
        return max(((self.left or now) - self.entered).total_seconds(), 0.0)


def read_visits(events: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """Read the visits out of the events of GetExecutionHistory, oldest first."""
    reader = _Reader()
    for event in events:
        reader.read(event)
    return reader.visits


def culprits(visits: Sequence[Visit]) -> set[int]:
    """Find the visits that each attempt failed for, by their places in the list.

    It is read as `appconfig_rollback.history` reads it: the state before MarkFailure, or the one
    that was to put monitors back. AwaitRedrive only ends what has failed already.
    """
    found: dict[int, int] = {}
    for place, visit in enumerate(visits):
        if visit.state == "MarkFailure" and place:
            found.setdefault(visit.attempt, place - 1)
        elif visit.state == "MarkNotRestored":
            restored = [n for n in range(place) if visits[n].state == "RestoreMonitors"]
            found.setdefault(visit.attempt, restored[-1] if restored else place)
    for place, visit in enumerate(visits):
        if visit.status == "failed":
            found.setdefault(visit.attempt, place)
    return set(found.values())


class _Reader:
    """Goes through the events; `_here` is the visit that is not over, `_stood` what a redrive
    takes up again, because AWS does not say whether such a state is entered anew."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._attempt = 0
        self._here: Visit | None = None
        self._stood: Visit | None = None

    def read(self, event: Mapping[str, Any]) -> None:
        kind, at = event["type"], event["timestamp"].astimezone(UTC)
        if kind.endswith("StateEntered"):
            details = event["stateEnteredEventDetails"]
            self._enter(details["name"], kind.removesuffix("StateEntered"), at, details)
        elif kind == "ExecutionRedriven":
            self._attempt += 1
            self._stood, self._here = (self.visits[-1] if self.visits else None), None
        elif kind.startswith("Execution"):
            self._end(_HOW_IT_ENDED.get(kind), at, event)
        elif kind.endswith("StateExited"):
            self._leave(at, event.get("stateExitedEventDetails", {}))
        elif kind.startswith(_TASK):
            self._try(kind, at, event)

    def _enter(self, name: str, type_: str, at: datetime, details: Mapping[str, Any]) -> None:
        self._here = Visit(name, type_, self._attempt, at, details.get("input", ""))
        self._stood = None
        self.visits.append(self._here)

    def _present(self, at: datetime) -> Visit | None:
        if self._here is None and self._stood is not None:
            stood = self._stood
            self._enter(stood.state, stood.type, at, {"input": stood.input})
        return self._here

    def _leave(self, at: datetime, details: Mapping[str, Any]) -> None:
        visit = self._present(at)
        if visit:
            visit.left, visit.output = at, details.get("output", "")
            visit.status = "caught" if visit.error else "succeeded"
        self._here = None

    def _try(self, kind: str, at: datetime, event: Mapping[str, Any]) -> None:
        visit = self._present(at)
        if visit is None:
            return
        if kind.endswith("Scheduled"):
            visit.tries.append(Try(at))
        elif kind.endswith((*_TRY_FAILED, "Succeeded")):
            if not visit.tries:
                visit.tries.append(Try(at))
            last = visit.tries[-1]
            last.ended = at
            if kind.endswith(_TRY_FAILED):
                details = _details(event)
                last.error = details.get("error") or kind
                last.cause = details.get("cause", "")

    def _end(self, status: Status | None, at: datetime, event: Mapping[str, Any]) -> None:
        if status and self._here:
            self._here.status, self._here.left = status, at
            if not self._here.error:
                details = _details(event)
                if not self._here.tries or self._here.tries[-1].ended:
                    self._here.tries.append(Try(at))
                last = self._here.tries[-1]
                last.ended, last.error = at, details.get("error") or event["type"]
                last.cause = details.get("cause", "")
            self._here = None


def _details(event: Mapping[str, Any]) -> Mapping[str, str]:
    return next((v for k, v in event.items() if k.endswith("EventDetails")), {})
