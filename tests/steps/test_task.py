"""Around every task: its log names the execution, and a definition of another time is refused."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters import executions
from appconfig_rollback.definition import CURRENT, OLDEST
from appconfig_rollback.errors import NotAnAlarmError, StartAnewError
from appconfig_rollback.history import Attempt
from tests import samples
from tests.contract.shipped import STEPS
from tests.samples import ARN, CONTEXT, task

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.steps.conftest import LogLines


def _handler(step: str) -> Callable[[Any, object], object]:
    handler: Callable[[Any, object], object] = importlib.import_module(step).handler
    return handler


@pytest.mark.parametrize("step", STEPS)
def test_a_task_logs_its_input_and_its_failure_with_the_execution(
    step: str, log_lines: LogLines
) -> None:
    state = {"monitors": {"x": 1}}
    broken: dict[str, Any] = {**task(samples.execution(Input=None)), "state": state}

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
    assert log_lines()[1]["answer"] == samples.version(toVersion=5)


def test_the_next_execution_in_the_same_process_is_named_by_its_own_arn(
    log_lines: LogLines,
) -> None:
    for arn in ("arn:first", "arn:second"):
        with pytest.raises(KeyError):
            _handler("create_version")(task(samples.execution(Id=arn)), CONTEXT)

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


ANY_DEFINITION = {"notify_failure", "await_redrive"}


@pytest.mark.parametrize("step", sorted(STEPS.keys() - ANY_DEFINITION))
@pytest.mark.parametrize("version", [None, OLDEST - 1, CURRENT + 1, str(CURRENT)])
def test_a_definition_of_another_time_is_refused_with_the_way_to_start_anew(
    step: str, version: object
) -> None:
    given: dict[str, Any] = {**task(), "definition": version}
    if version is None:
        del given["definition"]  # before definitions said their version

    with pytest.raises(StartAnewError) as raised:
        _handler(step)(given, CONTEXT)

    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:flag-rollback"
    assert "a redrive does not help. Start a new execution with the same input" in str(raised.value)
    assert f"start-execution --region eu-west-1 --state-machine-arn '{machine}'" in str(
        raised.value
    )
    assert f"describe-execution --region eu-west-1 --execution-arn '{ARN}'" in str(raised.value)


@pytest.mark.parametrize("step", sorted(ANY_DEFINITION))
def test_a_failed_run_of_any_definition_is_announced_and_ends(step: str) -> None:
    given: dict[str, Any] = {**task(), "definition": OLDEST - 1}

    with pytest.raises(KeyError, match="failure"):  # which this state data lacks
        _handler(step)(given, CONTEXT)
