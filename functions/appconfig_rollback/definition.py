"""The version of the state machine's definition, which every task is given.

An execution keeps the definition that it was started with, and so does its redrive (Step Functions
developer guide, "Restarting state machine executions with redrive"), but it meets the functions of
today. Raise `CURRENT`, and the number in the definition, whenever a task's input or answer changes
so that functions and definitions of before and after do not fit; raise `OLDEST` to the oldest
version that the functions still serve.
"""

from __future__ import annotations

from collections.abc import Mapping

from appconfig_rollback.commands import start_by_aws
from appconfig_rollback.errors import StartAnewError

CURRENT = 3
OLDEST = 3
_FIRST = 1  # definitions that did not say their version


def require_served(task: Mapping[str, object]) -> None:
    """Refuse a task of a definition that these functions do not serve.

    Raises:
        StartAnewError: says how to start a new execution with the same input.
    """
    version = task.get("definition", _FIRST)
    if isinstance(version, int) and OLDEST <= version <= CURRENT:
        return
    execution = task.get("execution")
    arn = str(execution["Id"]) if isinstance(execution, Mapping) else "unknown"
    raise StartAnewError(
        f"expected an execution of definition {OLDEST} to {CURRENT} of the state machine; got one "
        f"of definition {version}. An execution keeps its definition, so a redrive does not help. "
        f"Start a new execution with the same input: {start_by_aws(arn)}"
    )
