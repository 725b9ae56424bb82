"""The history of an execution, as a reader of GetExecutionHistory meets it on AWS."""

from __future__ import annotations

import contextvars
import json
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace
from local.gaps.stepfunctions.records import ExecutionOverError, Record, is_current

if TYPE_CHECKING:
    from collections.abc import Callable

Event = dict[str, Any]

# What the present thread's task is called with, its Parameters applied.
_task_input: contextvars.ContextVar[object] = contextvars.ContextVar("task_input")


def close_the_history_of_ended_executions() -> None:
    """An execution that ended writes no more history, whatever its thread was doing.

    botocore, GetExecutionHistory: the history of an ended execution ends with the event of its
    end (ExecutionAborted, ExecutionTimedOut, ...). Raising here also ends the thread's retries.
    """

    @replace(stepfunctions, "_add_event")
    def add(
        original: Callable[..., Event], record: Record, kind: str, details: Event | None = None
    ) -> Event:
        if not is_current(record):
            raise ExecutionOverError(record["executionArn"])
        return original(record, kind, details)


def number_the_previous_event() -> None:
    """Every event names the one before it.

    botocore, shape HistoryEvent: previousEventId, "The id of the previous event".
    """

    @replace(stepfunctions, "_add_event")
    def add(
        original: Callable[..., Event], record: Record, kind: str, details: Event | None = None
    ) -> Event:
        event = original(record, kind, details)
        event["previousEventId"] = event["id"] - 1
        return event


def tell_what_a_function_is_called_with() -> None:
    """LambdaFunctionScheduled tells the task's input, as its Parameters made it.

    botocore, shape LambdaFunctionScheduledEventDetails: member input.
    """

    @replace(stepfunctions, "_apply_parameters")
    def apply(original: Callable[..., object], *args: object) -> object:
        result = original(*args)
        _task_input.set(result)
        return result

    @replace(stepfunctions, "_add_event")
    def add(
        original: Callable[..., Event], record: Record, kind: str, details: Event | None = None
    ) -> Event:
        if kind == "LambdaFunctionScheduled" and details:
            told = json.dumps(_task_input.get())
            details["lambdaFunctionScheduledEventDetails"]["input"] = told
        return original(record, kind, details)


def tell_lambda_tasks_from_others() -> None:
    """A Task whose Resource is a function's ARN is told by LambdaFunction... events.

    botocore, shape HistoryEventType: LambdaFunctionScheduled, -Started, -Succeeded, -Failed and
    -TimedOut; Task... events are those of service integrations (arn:aws:states:::...).
    """

    @replace(stepfunctions, "_add_event")
    def add(
        original: Callable[..., Event], record: Record, kind: str, details: Event | None = None
    ) -> Event:
        task = (details or {}).get(f"{kind[:1].lower()}{kind[1:]}EventDetails", {})
        if not kind.startswith("Task") or ":function:" not in task.get("resource", ""):
            return original(record, kind, details)
        if kind == "TaskScheduled":
            scheduled = {"resource": task["resource"]}
            original(
                record,
                "LambdaFunctionScheduled",
                {"lambdaFunctionScheduledEventDetails": scheduled},
            )
            return original(record, "LambdaFunctionStarted", {})
        if kind == "TaskSucceeded":
            told = {"output": task["output"]}
            return original(
                record, "LambdaFunctionSucceeded", {"lambdaFunctionSucceededEventDetails": told}
            )
        told = {"error": task["error"], "cause": task["cause"]}
        if task["error"] == "States.Timeout":
            return original(
                record, "LambdaFunctionTimedOut", {"lambdaFunctionTimedOutEventDetails": told}
            )
        return original(record, "LambdaFunctionFailed", {"lambdaFunctionFailedEventDetails": told})


GAPS = [
    close_the_history_of_ended_executions,
    number_the_previous_event,
    # Before the next one, which writes the event that this one adds to.
    tell_what_a_function_is_called_with,
    tell_lambda_tasks_from_others,
]
