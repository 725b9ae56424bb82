"""Structured logs: every line carries the execution's ARN."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

logger = Logger(service="feature-flag-rollback")

Event = TypeVar("Event", bound=Mapping[str, Any])
Answer = TypeVar("Answer")


def logged(handler: Callable[[Event, object], Answer]) -> Callable[[Event, object], Answer]:
    """Log what a task was given, what it answers, and what it raises."""

    @wraps(handler)
    def with_logs(event: Event, context: object) -> Answer:
        logger.append_keys(
            execution_arn=_execution_arn(event),
            function_request_id=getattr(context, "aws_request_id", None),
        )
        logger.info("Task begins", state=event.get("state"))
        try:
            answer = handler(event, context)
        except Exception:
            logger.exception("Task failed")
            raise
        logger.info("Task ends", answer=answer)
        return answer

    return with_logs


def _execution_arn(event: Mapping[str, Any]) -> str | None:
    """Find the execution in a task's input, or in EventBridge's news of an execution."""
    for key, arn in (("execution", "Id"), ("detail", "executionArn")):
        if isinstance(event.get(key), Mapping):
            return event[key].get(arn)  # type: ignore[no-any-return]
    return None
