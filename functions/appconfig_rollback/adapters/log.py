"""The functions' log: one line of JSON for each record, with the execution's ARN in each.

Lambda formats the records of the standard logging as JSON, with their extra attributes beside keys
of its own (Lambda developer guide, "Log and monitor Python Lambda functions"; `LoggingConfig` in
template.yaml). Many names are taken there, so whatever is ours is in one object, under `rollback`.
"""

from __future__ import annotations

import logging

_OURS = "rollback"

logger = logging.getLogger("feature-flag-rollback")
# Below that it tells where it has found credentials and endpoints, warm-ups included.
logging.getLogger("botocore").setLevel(logging.WARNING)


class _Execution(logging.Filter):
    """Adds the execution to whatever a line says; it filters nothing out."""

    arn: str | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the ARN first into what is ours."""
        setattr(record, _OURS, {"executionArn": self.arn, **getattr(record, _OURS, {})})
        return True


_execution = _Execution()


def name_execution(arn: str | None) -> None:
    """Name this execution in every line from now on, those of the SDK included.

    Lambda lets a process answer one invocation at a time.
    """
    _execution.arn = arn
    for handler in logging.getLogger().handlers:
        handler.addFilter(_execution)  # not again where it is there


def ours(**said: object) -> dict[str, object]:
    """Say something beside a line's message: the `extra` of a call of the logger."""
    return {_OURS: said}
