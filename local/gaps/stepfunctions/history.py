"""The history of an execution, as a reader of GetExecutionHistory meets it on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace
from local.gaps.stepfunctions.records import ExecutionOverError, Record, is_current

if TYPE_CHECKING:
    from collections.abc import Callable

Event = dict[str, Any]


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
    tell_lambda_tasks_from_others,
]
