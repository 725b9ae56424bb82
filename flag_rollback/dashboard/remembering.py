"""Executions that remember: what is over does not change, and of a history only the end is new."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flag_rollback.dashboard.kept import Kept
from flag_rollback.execution.aftercare import with_aftercare
from flag_rollback.execution.finding import Execution, Executions

if TYPE_CHECKING:
    from flag_rollback.watched import Watched

#: How many executions, and how many histories, are remembered.
_MOST = 2000
_MOST_HISTORIES = 20
#: How often it is asked what became of a rollback.
_WATCH_SECONDS = 30.0


class RememberingExecutions(Executions):
    """Asks AWS for what may have changed.

    One that succeeded never changes; one that ended otherwise may be redriven. The events of a
    history have ids that grow (Step Functions API reference, HistoryEvent), so the newest are read
    first, down to the last one that is known.
    """

    def __init__(self, stepfunctions: Any, watched: Watched) -> None:  # noqa: ANN401 - a client
        super().__init__(stepfunctions, watched)
        self._lock = threading.Lock()
        self._over: dict[str, Execution] = {}
        self._histories: dict[str, list[Any]] = {}
        self._watches: Kept[Execution] = Kept(_WATCH_SECONDS, _MOST)

    def described(self, arn: str) -> Execution:
        """Describe an execution."""
        known = self._over.get(arn)
        if known:
            return known
        found = super().described(arn)
        if found.status == "SUCCEEDED":
            with self._lock:
                self._over[arn] = found
                _forget(self._over, _MOST)
        return found

    def with_aftercare(self, execution: Execution) -> Execution:
        """Add what became of a rollback, as it was known a moment ago."""
        watch = self._watches.get(
            execution.arn, lambda: with_aftercare(self._stepfunctions, execution)
        )
        return replace(execution, aftercare=watch.value.aftercare)

    def events(self, arn: str) -> list[Any]:
        """Read the whole history, the oldest event first; only what is new of it from AWS."""
        known = self._histories.get(arn)
        if known is None:
            known = super().events(arn)
        else:
            known = [*known, *self._since(arn, known[-1]["id"] if known else 0)]
        with self._lock:
            self._histories[arn] = known
            _forget(self._histories, _MOST_HISTORIES)
        return known

    def _since(self, arn: str, last: int) -> list[Any]:
        found: list[Any] = []
        pages = self._stepfunctions.get_paginator("get_execution_history").paginate(
            executionArn=arn, includeExecutionData=True, reverseOrder=True
        )
        for page in pages:
            new = [event for event in page["events"] if event["id"] > last]
            found += new
            if len(new) < len(page["events"]):
                break
        return found[::-1]


def _forget(held: dict[str, Any], most: int) -> None:
    """Forget the oldest of too many."""
    while len(held) > most:
        del held[next(iter(held))]
