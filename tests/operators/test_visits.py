"""The history is read as visits, however a redrive is written into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flag_rollback.execution.visits import read_visits

START = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
FAILED = {"lambdaFunctionFailedEventDetails": {"error": "Busy", "cause": "reason"}}


def history(*events: tuple[str, dict[str, Any]] | str) -> list[Any]:
    """Events a second apart; `Task:Name` enters a state."""
    written = []
    for number, event in enumerate(events):
        kind, details = (event, {}) if isinstance(event, str) else event
        if ":" in kind:
            type_, name = kind.split(":")
            kind = f"{type_}StateEntered"
            details = {"stateEnteredEventDetails": {"name": name, "input": "{}"}}
        at = START + timedelta(seconds=number)
        written.append({"type": kind, "timestamp": at, **details})
    return written


TRY = ("LambdaFunctionScheduled", ("LambdaFunctionFailed", FAILED))


def test_a_try_that_is_repeated_and_then_goes_well() -> None:
    (visit,) = read_visits(
        history(
            "Task:A", *TRY, "LambdaFunctionScheduled", "LambdaFunctionSucceeded", "TaskStateExited"
        )
    )

    assert (visit.status, visit.error) == ("succeeded", None)
    assert [t.error for t in visit.tries] == ["Busy", ""]
    assert visit.seconds(START) == 5


def test_an_error_that_is_caught() -> None:
    visits = read_visits(
        history(
            "Task:A", *TRY, "TaskStateExited", "Pass:B", "PassStateExited", "ExecutionSucceeded"
        )
    )

    assert [(v.state, v.status) for v in visits] == [("A", "caught"), ("B", "succeeded")]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("ExecutionFailed", "failed"),
        ("ExecutionTimedOut", "failed"),
        ("ExecutionAborted", "aborted"),
    ],
)
def test_how_an_execution_ends_is_how_its_last_state_ends(end: str, status: str) -> None:
    details = {"executionFailedEventDetails": {"error": "Busy", "cause": "reason"}}
    (visit,) = read_visits(history("Task:A", "LambdaFunctionScheduled", (end, details)))

    assert visit.status == status
    assert visit.error is not None
    assert visit.error.error == "Busy"
    assert len(visit.tries) == 1


@pytest.mark.parametrize("entered_anew", [True, False])
def test_a_redrive_is_another_visit(*, entered_anew: bool) -> None:
    visits = read_visits(
        history(
            "Task:A",
            *TRY,
            "ExecutionFailed",
            "ExecutionRedriven",
            *(["Task:A"] if entered_anew else []),
            "LambdaFunctionScheduled",
            "LambdaFunctionSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        )
    )

    assert [(v.state, v.attempt, v.status) for v in visits] == [
        ("A", 0, "failed"),
        ("A", 1, "succeeded"),
    ]


def test_a_state_without_a_task_can_fail_the_execution() -> None:
    details = {"executionFailedEventDetails": {"error": "States.Runtime", "cause": "no such path"}}
    (visit,) = read_visits(history("Choice:A", ("ExecutionFailed", details)))

    assert visit.status == "failed"
    assert visit.tries[0].cause == "no such path"


def test_what_runs_is_running() -> None:
    (visit,) = read_visits(history("Wait:A"))

    assert visit.status == "running"
    assert visit.seconds(START + timedelta(seconds=7)) == 7
