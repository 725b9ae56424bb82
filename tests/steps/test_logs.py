"""Every line of every function's log names the execution that it belongs to."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from appconfig_rollback.adapters import executions
from appconfig_rollback.errors import NotAnAlarmError
from appconfig_rollback.history import Attempt
from tests.contract.shipped import STEPS
from tests.steps.conftest import LogLines
from tests.steps.inputs import ARN, CONTEXT, EXECUTION, task


def _handler(step: str) -> Callable[[Any, object], object]:
    handler: Callable[[Any, object], object] = importlib.import_module(step).handler
    return handler


@pytest.mark.parametrize("step", STEPS)
def test_a_task_logs_its_input_and_its_failure_with_the_execution(
    step: str, log_lines: LogLines
) -> None:
    state = {"monitors": {"x": 1}}
    broken: dict[str, Any] = {"execution": {**EXECUTION, "Input": None}, "state": state}

    with pytest.raises((KeyError, NotAnAlarmError)):
        _handler(step)(broken, CONTEXT)

    begun, failed = log_lines()
    assert (begun["message"], begun["state"]) == ("Task begins", state)
    assert (failed["message"], failed["level"]) == ("Task failed", "ERROR")
    assert failed["exception_name"] in {"KeyError", "NotAnAlarmError"}
    assert {begun["execution_arn"], failed["execution_arn"]} == {ARN}


def test_a_task_logs_its_answer(log_lines: LogLines) -> None:
    own = {"fromVersion": 3, "toVersion": 5, "deploymentNumber": None}

    _handler("create_version")(task(config={"own": own, "profileType": "AWS.Freeform"}), CONTEXT)

    assert [line["message"] for line in log_lines()] == ["Task begins", "Task ends"]
    assert log_lines()[1]["answer"] == {"fromVersion": 3, "toVersion": 5, "sweptFlags": 0}


def test_the_next_execution_in_the_same_process_is_named_by_its_own_arn(
    log_lines: LogLines,
) -> None:
    for arn in ("arn:first", "arn:second"):
        with pytest.raises(KeyError):
            _handler("create_version")(task({**EXECUTION, "Id": arn}), CONTEXT)

    assert [line["execution_arn"] for line in log_lines()] == ["arn:first"] * 2 + ["arn:second"] * 2


def test_news_of_an_execution_is_logged_with_its_arn(
    monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    told = Attempt("AwaitRedrive", "FetchConfig", 1, notified=True, ended=True)
    monkeypatch.setattr(executions, "attempt", lambda *_, **__: told)

    _handler("notify_failure")({"detail": {"executionArn": ARN}}, CONTEXT)

    assert len(log_lines()) == 3
    assert {line["execution_arn"] for line in log_lines()} == {ARN}


def test_a_line_names_the_invocation(log_lines: LogLines) -> None:
    @dataclass
    class Context:
        aws_request_id: str = "request-1"

    with pytest.raises(KeyError):
        _handler("create_version")(task(), Context())

    assert {line["function_request_id"] for line in log_lines()} == {"request-1"}
