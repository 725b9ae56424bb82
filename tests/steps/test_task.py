"""Around every task: its log names the execution, and a definition of another time is refused."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.adapters import executions
from appconfig_rollback.adapters.task import task as around
from appconfig_rollback.commands import start_by_aws
from appconfig_rollback.definition import CURRENT, OLDEST, require_served
from appconfig_rollback.errors import NotAnAlarmError, NotAStatusEventError, StartAnewError
from appconfig_rollback.history import Attempt
from tests import samples
from tests.contract.shipped import STARTER, STEPS
from tests.samples import ARN, CONTEXT, task

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.state import TaskInput
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

    with pytest.raises((KeyError, NotAnAlarmError, NotAStatusEventError)):
        _handler(step)(broken, CONTEXT)

    begun, failed = log_lines()
    assert (begun["message"], begun["level"]) == ("Task begins", "INFO")
    assert begun["rollback"] == {"executionArn": ARN, "state": state}
    assert (failed["message"], failed["level"]) == ("Task failed", "ERROR")
    assert failed["errorType"] in {"KeyError", "NotAnAlarmError", "NotAStatusEventError"}
    assert failed["rollback"] == {"executionArn": ARN}


def test_a_task_logs_its_answer(log_lines: LogLines) -> None:
    own = {"fromVersion": 3, "toVersion": 5, "deploymentNumber": None}

    _handler("create_version")(task(config=samples.config(own=own)), CONTEXT)

    assert [line["message"] for line in log_lines()] == ["Task begins", "Task ends"]
    assert log_lines()[1]["rollback"]["answer"] == samples.version(toVersion=5)


def test_what_is_around_a_task_passes_on_what_it_gets_and_answers(log_lines: LogLines) -> None:
    @around
    def echo(event: TaskInput, context: object) -> dict[str, object]:
        """Say what came."""
        return {"event": event, "is_ours": context is CONTEXT}

    event = task(config=samples.config())

    answer = echo(event, CONTEXT)

    assert answer == {"event": event, "is_ours": True}
    assert (echo.__name__, echo.__doc__) == ("echo", "Say what came.")
    begun, ended = log_lines()
    assert (begun["message"], ended["message"]) == ("Task begins", "Task ends")
    assert begun["rollback"]["executionArn"] == ended["rollback"]["executionArn"] == ARN
    assert begun["rollback"]["state"] == event["state"]
    assert ended["rollback"]["answer"]["event"]["state"] == event["state"]


def test_what_is_around_a_task_lets_its_failure_pass_and_logs_it(log_lines: LogLines) -> None:
    @around
    def fail(event: TaskInput, context: object) -> None:  # noqa: ARG001
        raise NotAnAlarmError("no alarm")

    with pytest.raises(NotAnAlarmError, match="no alarm"):
        fail(task(), CONTEXT)

    assert [line["message"] for line in log_lines()] == ["Task begins", "Task failed"]


def test_what_an_error_carries_beside_its_text_stays_as_it_is() -> None:
    @around
    def fails(_event: TaskInput, _context: object) -> object:
        raise KeyError(5, "broken \ud800")

    with pytest.raises(KeyError, match="broken") as raised:
        fails(task(), CONTEXT)
    assert raised.value.args == (5, "broken ?")


def test_what_is_around_a_task_refuses_a_definition_of_another_time() -> None:
    @around
    def never(event: TaskInput, context: object) -> None:  # noqa: ARG001
        raise AssertionError("it must not run")

    for version in (OLDEST - 1, CURRENT + 1):
        with pytest.raises(StartAnewError) as raised:
            never({**task(), "definition": version}, CONTEXT)
        assert str(raised.value).startswith(
            f"expected an execution of definition {OLDEST} to {CURRENT} of the state machine; got "
            f"one of definition {version}. "
        )
        assert str(raised.value).endswith(start_by_aws(ARN))


def test_a_task_that_says_no_definition_is_of_the_first() -> None:
    with pytest.raises(StartAnewError, match=r"got one of definition 1\. "):
        require_served({})


def test_an_execution_that_is_not_named_is_refused_too() -> None:
    with pytest.raises(StartAnewError, match=r"aws stepfunctions start-execution$"):
        require_served({"definition": CURRENT + 1})


def test_the_next_execution_in_the_same_process_is_named_by_its_own_arn(
    log_lines: LogLines,
) -> None:
    for arn in ("arn:first", "arn:second"):
        with pytest.raises(KeyError):
            _handler("create_version")(task(samples.execution(Id=arn)), CONTEXT)

    named = [line["rollback"]["executionArn"] for line in log_lines()]
    assert named == ["arn:first"] * 2 + ["arn:second"] * 2


def test_news_of_an_execution_is_logged_with_its_arn(
    monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    told = Attempt("AwaitRedrive", "FetchConfig", 1, notified=True, ended=True)
    monkeypatch.setattr(executions, "attempt", lambda *_, **__: told)

    _handler("notify_failure")({"detail": {"executionArn": ARN}}, CONTEXT)

    assert len(log_lines()) == 3
    assert {line["rollback"]["executionArn"] for line in log_lines()} == {ARN}


def test_a_line_of_the_sdk_names_the_execution_too(log_lines: LogLines) -> None:
    with pytest.raises(KeyError):
        _handler("create_version")(task(), CONTEXT)

    logging.getLogger("botocore.httpchecksum").warning("a word of the SDK's own")

    assert log_lines()[-1]["rollback"] == {"executionArn": ARN}


ANY_DEFINITION = {"notify_failure", "await_redrive"}


@pytest.mark.parametrize("step", sorted(STEPS.keys() - ANY_DEFINITION - {STARTER}))
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
