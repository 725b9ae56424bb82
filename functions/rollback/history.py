"""Reads what happened out of an execution's history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: States that handle a failure; none of them is where a rollback fails.
_AFTER_A_FAILURE = frozenset({"MarkFailure", "NotifyFailure", "AwaitRedrive"})
_FAILED = ("Failed", "TimedOut")
_TASK = ("LambdaFunction", "Task")
_SUCCEEDED = ("LambdaFunctionSucceeded", "TaskSucceeded")


@dataclass(frozen=True)
class Attempt:
    """One attempt of an execution: its start or a redrive, to its end.

    `failed_state` is None where no state was entered; `tries` counts how often that state's task
    failed in its last visit; `notified` says whether NotifyFailure did its work; `ended` whether
    the history reaches the attempt's end.
    """

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
    failed: str | None = None
    tries = redrives = 0
    notified = ended = False
    for event in events:
        kind = event["type"]
        if kind == "ExecutionRedriven":
            if redrives == redrive_count:
                break
            redrives += 1
            failed = None if state in _AFTER_A_FAILURE else state
            tries, notified, ended = 0, False, False
        elif kind.endswith("StateEntered"):
            state = str(event["stateEnteredEventDetails"]["name"])
            if state not in _AFTER_A_FAILURE:
                failed, tries = state, 0
        elif kind.startswith("Execution"):
            ended = kind != "ExecutionStarted"
        elif kind.startswith(_TASK) and kind.endswith(_FAILED):
            tries += state not in _AFTER_A_FAILURE
        elif kind in _SUCCEEDED:
            notified = notified or state == "NotifyFailure"
    return Attempt(failed or state, tries, notified, ended)
