"""The record of an execution, and who may still write to it.

MiniStack cannot stop a thread that works for an execution: after StopExecution it goes on until
its present task ends, and then writes to the execution's history. So an execution that ends
while a thread works for it gets a new record; the thread keeps the old one, which nobody reads.
"""

from __future__ import annotations

import copy
import threading
from typing import Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

Record = dict[str, Any]

# Held while an execution's status changes, so that of an end and a redrive one comes first.
settling = threading.RLock()


class ExecutionOverError(Exception):
    """The execution ended, by another hand, while this thread was still working for it."""


def is_current(record: Record) -> bool:
    """Whether this is the record that the API shows."""
    return stepfunctions._executions.get(record["executionArn"]) is record


def detach(record: Record) -> Record:
    """Show a copy of ``record`` from now on, and leave the record to its thread."""
    shown = {
        **record,
        "events": list(record["events"]),
        "mockAttempts": dict(record["mockAttempts"]),
    }
    shown["variables"] = copy.deepcopy(record.get("variables", {}))
    stepfunctions._executions[record["executionArn"]] = shown
    return shown
