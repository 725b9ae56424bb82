"""What an execution's history says of its end that DescribeExecution does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from appconfig_rollback.history import read_attempt
from flag_rollback.execution.finding import as_object
from flag_rollback.execution.visits import read_visits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flag_rollback.execution.finding import Execution, Executions
    from flag_rollback.execution.visits import Visit


@dataclass(frozen=True)
class Ending:
    """Where the last attempt failed, or is; `result` is what it had done by then, if anything."""

    state: str | None
    result: Mapping[str, Any]


def looked_into(executions: Executions, execution: Execution) -> Execution:
    """Add what the history says to an execution that did not succeed; others say it themselves."""
    if execution.status == "SUCCEEDED":
        return execution
    events = executions.events(execution.arn)
    visits = read_visits(events)
    ending = Ending(read_attempt(events).failed_state, _result(visits))
    return replace(execution, flags=flags_of(execution, visits), ending=ending)


def flags_of(execution: Execution, visits: Sequence[Visit]) -> tuple[str, ...]:
    """Return the flags: from the output, from ParseAlarm's result, or from the input."""
    if execution.output.get("flags"):
        return execution.flags
    for visit in visits:
        alarm = as_object(visit.output).get("alarm")
        if isinstance(alarm, dict) and isinstance(alarm.get("flags"), list):
            return tuple(map(str, alarm["flags"]))
    return execution.flags


def _result(visits: Sequence[Visit]) -> Mapping[str, Any]:
    """Take the result that the last attempt had come to; a redrive begins without one."""
    attempt = visits[-1].attempt if visits else 0
    for visit in reversed(visits):
        found = as_object(visit.output).get("result")
        if visit.attempt == attempt and isinstance(found, dict):
            return found
    return {}
