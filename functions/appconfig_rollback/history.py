"""Reads what happened out of an execution's history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_FAILED = ("Failed", "TimedOut")
_TASK = ("LambdaFunction", "Task")
_SUCCEEDED = ("LambdaFunctionSucceeded", "TaskSucceeded")


@dataclass(frozen=True)
class Attempt:
    """One attempt of an execution: its start or a redrive, to its end.

    `state` is the last state that was entered, `failed_state` the one that failed (both None where
    none was entered); `tries` counts how often the task of the latter failed in its last visit;
    `notified` says whether NotifyFailure did its work; `ended` whether the history reaches the
    attempt's end.
    """

    state: str | None
    failed_state: str | None
    tries: int
    notified: bool
    ended: bool


def read_attempt(events: Iterable[Mapping[str, Any]], redrive_count: int | None = None) -> Attempt:
    """Read one attempt, the last one unless `redrive_count` names another.

    `events` are those of GetExecutionHistory, oldest first. A redriven state may or may not be
    entered anew in the history (AWS does not say), so the state at hand outlives a redrive.
    """
    state: str | None = None
    marked: str | None = None
    tries: Counter[str | None] = Counter()
    redrives = 0
    notified = ended = False
    for event in events:
        kind = event["type"]
        if kind == "ExecutionRedriven":
            if redrives == redrive_count:
                break
            redrives += 1
            tries.clear()
            marked, notified, ended = None, False, False
        elif kind.endswith("StateEntered"):
            before, state = state, str(event["stateEnteredEventDetails"]["name"])
            tries[state] = 0
            if state == "MarkFailure":
                marked = marked or before
            elif state == "MarkNotRestored":
                marked = marked or "RestoreMonitors"
        elif kind.startswith("Execution"):
            ended = kind != "ExecutionStarted"
        elif kind.startswith(_TASK) and kind.endswith(_FAILED):
            tries[state] += 1
        elif kind in _SUCCEEDED:
            notified = notified or state == "NotifyFailure"
    failed = marked or state
    return Attempt(state, failed, tries[failed], notified, ended)
