"""Executions are read from Step Functions, which may know of something only a little later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters import clock, executions
from appconfig_rollback.errors import (
    PermissionDeniedError,
    ResourceMissingError,
    RetryLaterError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.stub import Stubber

    from appconfig_rollback.state import Execution, State

ARN = "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback:run-1"
SINCE = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
AFTER = SINCE + timedelta(seconds=1)
EXECUTION: Execution = {"Id": ARN, "Name": "run-1", "Input": {}, "StartTime": "2026-03-02T17:04Z"}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been slept."""
    slept: list[float] = []
    monkeypatch.setattr(clock, "time", SimpleNamespace(sleep=slept.append))
    return slept


def _describe(stub: Stubber, **answer: Any) -> None:
    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:flag-rollback"
    always = {"executionArn": ARN, "stateMachineArn": machine, "status": "RUNNING"}
    stub.add_response(
        "describe_execution", {**always, "startDate": SINCE, **answer}, {"executionArn": ARN}
    )


def test_a_redrive_that_the_context_tells_of_is_not_asked_for(
    stepfunctions_stub: Stubber, pauses: list[float]
) -> None:
    execution: Execution = {**EXECUTION, "RedriveTime": "2026-03-02T17:05:01.000Z"}

    assert executions.redriven_at(execution, SINCE) == AFTER
    assert pauses == []
    stepfunctions_stub.assert_no_pending_responses()


@pytest.mark.parametrize("told", [None, "2026-03-02T17:05:00.000Z", "2026-03-02T09:00:00.000Z"])
def test_a_redrive_that_only_step_functions_tells_of_is_found(
    stepfunctions_stub: Stubber, pauses: list[float], told: str | None
) -> None:
    execution: Execution = {**EXECUTION, "RedriveTime": told} if told else EXECUTION
    _describe(stepfunctions_stub, redriveDate=AFTER)

    assert executions.redriven_at(execution, SINCE) == AFTER
    assert pauses == []


def test_a_redrive_is_found_once_the_answer_is_up_to_date(
    stepfunctions_stub: Stubber, pauses: list[float]
) -> None:
    _describe(stepfunctions_stub)
    _describe(stepfunctions_stub, redriveDate=SINCE - timedelta(hours=1))
    _describe(stepfunctions_stub, redriveDate=AFTER)

    assert executions.redriven_at(EXECUTION, SINCE) == AFTER
    assert len(pauses) == 2


@pytest.mark.parametrize("earlier", [None, SINCE, SINCE - timedelta(hours=1)])
def test_an_execution_that_nobody_redrove_since_is_asked_for_about_five_seconds(
    stepfunctions_stub: Stubber, pauses: list[float], earlier: datetime | None
) -> None:
    for _ in range(5):
        _describe(stepfunctions_stub, **({"redriveDate": earlier} if earlier else {}))

    assert executions.redriven_at(EXECUTION, SINCE) is None
    assert len(pauses) == 4
    assert 3.75 <= sum(pauses) <= 6.25


def test_an_execution_that_cannot_be_described_is_named(stepfunctions_stub: Stubber) -> None:
    stepfunctions_stub.add_client_error(
        "describe_execution", "ThrottlingException", http_status_code=400
    )

    with pytest.raises(RetryLaterError, match=r"run-1 \(states:DescribeExecution\)"):
        executions.redriven_at(EXECUTION, SINCE)


def _event(number: int, kind: str, **details: Any) -> dict[str, Any]:
    return {"timestamp": SINCE, "id": number, "type": kind, **details}


def _entered(number: int, state: str) -> dict[str, Any]:
    return _event(number, "TaskStateEntered", stateEnteredEventDetails={"name": state})


def _history(
    stub: Stubber, *events: dict[str, Any], more: bool = False, token: bool = False
) -> None:
    stub.add_response(
        "get_execution_history",
        {"events": list(events), **({"nextToken": "more"} if more else {})},
        {
            "executionArn": ARN,
            "includeExecutionData": False,
            **({"nextToken": "more"} if token else {}),
        },
    )


def test_an_attempt_is_read_from_all_pages_of_the_history(stepfunctions_stub: Stubber) -> None:
    _history(stepfunctions_stub, _event(1, "ExecutionStarted"), _entered(2, "A"), more=True)
    _history(stepfunctions_stub, _event(3, "TaskFailed"), _entered(4, "B"), token=True)

    attempt = executions.attempt(ARN, until="B")

    assert (attempt.failed_state, attempt.tries, attempt.ended) == ("B", 0, False)


def test_an_attempt_that_has_not_ended_yet_is_read_again_until_it_has(
    stepfunctions_stub: Stubber, pauses: list[float]
) -> None:
    _history(stepfunctions_stub, _entered(1, "A"))
    _history(stepfunctions_stub, _entered(1, "A"), _event(2, "ExecutionAborted"))

    assert executions.attempt(ARN).ended
    assert len(pauses) == 1


def test_an_attempt_whose_end_never_shows_is_told_as_far_as_it_is_known(
    stepfunctions_stub: Stubber, pauses: list[float]
) -> None:
    for _ in range(5):
        _history(stepfunctions_stub, _entered(1, "A"))

    attempt = executions.attempt(ARN)

    assert (attempt.failed_state, attempt.ended) == ("A", False)
    assert len(pauses) == 4


def test_an_attempt_is_read_again_until_the_history_reaches_the_state_that_asks(
    stepfunctions_stub: Stubber, pauses: list[float]
) -> None:
    _history(stepfunctions_stub, _entered(1, "A"))
    _history(stepfunctions_stub, _entered(1, "A"), _entered(2, "MarkFailure"))
    _history(stepfunctions_stub, _entered(1, "A"), _entered(2, "MarkFailure"), _entered(3, "Tells"))

    attempt = executions.attempt(ARN, until="Tells")

    assert (attempt.state, attempt.failed_state) == ("Tells", "A")
    assert len(pauses) == 2


def test_an_attempt_that_ended_before_the_state_that_is_waited_for_is_complete(
    stepfunctions_stub: Stubber, pauses: list[float]
) -> None:
    _history(stepfunctions_stub, _entered(1, "A"), _event(2, "ExecutionAborted"))

    assert executions.attempt(ARN, until="Tells").ended
    assert pauses == []


@pytest.mark.parametrize(
    ("status", "running"),
    [
        ("RUNNING", True),
        ("PENDING_REDRIVE", True),
        ("SUCCEEDED", False),
        ("FAILED", False),
        ("TIMED_OUT", False),
        ("ABORTED", False),
    ],
)
def test_another_execution_of_the_machine_is_asked_for_by_its_name(
    stepfunctions_stub: Stubber, status: str, *, running: bool
) -> None:
    other: Execution = {**EXECUTION, "Id": ARN.replace("run-1", "run-7"), "Name": "run-7"}
    _describe(stepfunctions_stub, status=status)

    assert executions.is_running(other, "run-1") is running


def test_an_execution_that_is_known_no_more_is_not_running(stepfunctions_stub: Stubber) -> None:
    stepfunctions_stub.add_client_error(
        "describe_execution", "ExecutionDoesNotExist", http_status_code=400
    )

    assert not executions.is_running(EXECUTION, "run-0")


def test_nobody_is_taken_for_ended_where_it_cannot_be_asked(stepfunctions_stub: Stubber) -> None:
    stepfunctions_stub.add_client_error("describe_execution", "ThrottlingException")

    with pytest.raises(RetryLaterError, match="run-0"):
        executions.is_running(EXECUTION, "run-0")


def _with_data(number: int, text: str) -> dict[str, Any]:
    details = {"name": "A", "input": text}
    return _event(number, "TaskStateEntered", stateEnteredEventDetails=details)


@pytest.mark.parametrize(
    ("pages", "data"),
    [
        pytest.param([[]], {}, id="none"),
        pytest.param([[_with_data(2, '{"a": 2}'), _with_data(1, '{"a": 1}')]], {"a": 2}, id="last"),
        pytest.param([[_event(3, "TaskFailed")], [_with_data(2, '{"a": 2}')]], {"a": 2}, id="page"),
        pytest.param([[_with_data(2, ""), _with_data(1, '{"a": 1}')]], {"a": 1}, id="left out"),
        pytest.param([[_with_data(1, "[1]")]], {}, id="the execution's own input"),
    ],
)
def test_the_state_data_that_the_last_state_was_entered_with_is_read(
    stepfunctions_stub: Stubber, pages: list[list[dict[str, Any]]], data: State
) -> None:
    for number, events in enumerate(pages):
        more = {"nextToken": "more"} if number < len(pages) - 1 else {}
        token = {"nextToken": "more"} if number else {}
        stepfunctions_stub.add_response(
            "get_execution_history",
            {"events": events, **more},
            {"executionArn": ARN, "reverseOrder": True, **token},
        )

    assert executions.last_state_data(ARN) == data


def test_an_earlier_attempt_is_read_by_its_number(stepfunctions_stub: Stubber) -> None:
    _history(
        stepfunctions_stub,
        _entered(1, "A"),
        _event(2, "ExecutionFailed"),
        _event(3, "ExecutionRedriven"),
        _entered(4, "B"),
    )

    assert executions.attempt(ARN, redrive_count=0).failed_state == "A"


def test_the_input_of_an_execution_is_read(stepfunctions_stub: Stubber) -> None:
    _describe(stepfunctions_stub, input='{"a": 1}')

    assert executions.execution_input(ARN) == '{"a": 1}'


def test_an_execution_that_is_gone_is_named(stepfunctions_stub: Stubber) -> None:
    stepfunctions_stub.add_client_error(
        "get_execution_history", "ExecutionDoesNotExist", http_status_code=400
    )

    with pytest.raises(ResourceMissingError, match=r"history of arn.*run-1"):
        executions.attempt(ARN)


MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:flag-rollback-aftercare"
GIVEN = {"stateMachineArn": MACHINE, "name": "run-1", "input": "{}"}


def test_an_execution_is_started_under_a_name(stepfunctions_stub: Stubber) -> None:
    answer = {"executionArn": ARN, "startDate": SINCE}
    stepfunctions_stub.add_response("start_execution", answer, GIVEN)

    assert executions.start(MACHINE, "run-1", "{}") is True


def test_an_execution_whose_name_was_taken_is_not_started_again(
    stepfunctions_stub: Stubber,
) -> None:
    stepfunctions_stub.add_client_error("start_execution", "ExecutionAlreadyExists", "", 400)

    assert executions.start(MACHINE, "run-1", "{}") is False


def test_a_machine_that_is_not_there_is_a_named_error(stepfunctions_stub: Stubber) -> None:
    stepfunctions_stub.add_client_error("start_execution", "StateMachineDoesNotExist", "", 400)

    with pytest.raises(ResourceMissingError, match="states:StartExecution"):
        executions.start(MACHINE, "run-1", "{}")


@pytest.mark.parametrize(("told", "output"), [({"output": "{}"}, "{}"), ({}, "")])
def test_the_output_is_read_and_empty_where_there_is_none(
    stepfunctions_stub: Stubber, told: dict[str, str], output: str
) -> None:
    _describe(stepfunctions_stub, **told)

    assert executions.output(ARN) == output


@pytest.mark.parametrize(
    ("ask", "operation", "tried"),
    [
        (
            lambda: executions.last_state_data(ARN),
            "get_execution_history",
            f"reading the history of {ARN} (states:GetExecutionHistory): ",
        ),
        (
            lambda: executions.execution_input(ARN),
            "describe_execution",
            f"reading {ARN} (states:DescribeExecution): ",
        ),
        (
            lambda: executions.output(ARN),
            "describe_execution",
            f"reading {ARN} (states:DescribeExecution): ",
        ),
    ],
)
def test_what_is_denied_says_what_was_tried_and_which_permission_it_takes(
    stepfunctions_stub: Stubber, ask: Callable[[], object], operation: str, tried: str
) -> None:
    stepfunctions_stub.add_client_error(operation, "AccessDenied", http_status_code=403)

    with pytest.raises(PermissionDeniedError) as raised:
        ask()

    assert str(raised.value).startswith(tried)


def test_an_input_that_is_left_out_is_empty(stepfunctions_stub: Stubber) -> None:
    _describe(stepfunctions_stub)

    assert executions.execution_input(ARN) == ""
