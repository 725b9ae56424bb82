"""What every function does around its task: refuse definitions that it does not serve, and log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from appconfig_rollback.adapters.log import logger, name_execution, ours
from appconfig_rollback.definition import require_served
from appconfig_rollback.plain_text import whole

Event = TypeVar("Event", bound=Mapping[str, Any])
Answer = TypeVar("Answer")


def task(handler: Callable[[Event, object], Answer]) -> Callable[[Event, object], Answer]:
    """Log what a task is given, answers and raises; refuse one of a definition not served.

    Raises:
        StartAnewError: the execution was started by a definition that is too old, or too new.
    """

    @wraps(handler)
    def served(event: Event, context: object) -> Answer:
        require_served(event)
        return handler(event, context)

    return task_of_any_definition(served)


def task_of_any_definition(
    handler: Callable[[Event, object], Answer],
) -> Callable[[Event, object], Answer]:
    """Log what a task is given, answers and raises, whatever its definition.

    A failed run of any definition has to be announced, and to end.
    """

    @wraps(handler)
    def with_logs(event: Event, context: object) -> Answer:
        event = whole(event)
        name_execution(_execution_arn(event))
        logger.info("Task begins", extra=ours(state=event.get("state")))
        try:
            answer: Answer = whole(handler(event, context))
        except Exception as error:
            error.args = tuple(
                whole(each) if isinstance(each, str) else each for each in error.args
            )
            logger.exception("Task failed")
            raise
        logger.info("Task ends", extra=ours(answer=answer))
        return answer

    return with_logs


def _execution_arn(event: Mapping[str, Any]) -> str | None:
    """Find the execution in a task's input, or in EventBridge's news of an execution."""
    for key, arn in (("execution", "Id"), ("detail", "executionArn")):
        if isinstance(event.get(key), Mapping):
            return event[key].get(arn)  # type: ignore[no-any-return]
    return None
