"""Executions as a table for people and as a list for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from appconfig_rollback.times import iso
from flag_rollback.execution.finding import RED, Execution
from flag_rollback.execution.told import is_drill, told
from flag_rollback.layout import Column, Rows

if TYPE_CHECKING:
    from collections.abc import Iterable

#: As much of an execution's name as tells it apart from the others; `inspect` takes it.
_BEGINNING = 13


def table(found: Iterable[Execution]) -> Rows:
    """Lay executions out, one a row, with what became of each in one sentence."""
    rows = Rows(
        [
            Column("when (UTC)"),
            Column("what happened", prose=True),
            Column("alarm", worth=1),
            Column("redrives", worth=2, justify="right"),
            Column("execution"),
        ]
    )
    executions = list(found)
    length = _telling_length([execution.name for execution in executions])
    for execution in executions:
        rows.rows.append(
            [
                Text(f"{execution.started:%Y-%m-%d %H:%M:%S}"),
                Text(told(execution), style=_colour(execution)),
                Text(execution.alarm or "?"),
                Text(str(execution.redrives or "")),
                Text(execution.name[:length]),
            ]
        )
    return rows


def as_list(found: Iterable[Execution]) -> list[dict[str, Any]]:
    """Write executions for programs, as docs/commands.md describes it."""
    return [_as_json(execution) for execution in found]


def _as_json(execution: Execution) -> dict[str, Any]:
    stopped = execution.description.get("stopDate")
    return {
        "name": execution.name,
        "arn": execution.arn,
        "status": execution.status,
        "started": iso(execution.started),
        "stopped": iso(stopped) if stopped else None,
        "seconds": round(execution.seconds(), 3),
        "flags": list(execution.flags),
        "alarm": execution.alarm,
        "outcome": execution.output.get("outcome"),
        "drill": is_drill(execution),
        "redriveCount": execution.redrives,
        "error": execution.description.get("error"),
        "state": execution.ending.state if execution.ending else None,
        "aftercare": execution.aftercare.document() if execution.aftercare else None,
        "told": told(execution),
    }


def _telling_length(names: list[str]) -> int:
    """Say how much of the names is to be shown, so that no two of them look the same."""
    length = _BEGINNING
    while len({name[:length] for name in names}) < len(set(names)):
        length += 1
    return length


def _colour(execution: Execution) -> str:
    if execution.status in RED:
        return "red"
    return "green" if execution.status == "SUCCEEDED" else "blue"
