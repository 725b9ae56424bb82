"""AwaitRedrive fails as the original error did, until a person redrives the execution."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import await_redrive
from appconfig_rollback.adapters import executions
from appconfig_rollback.errors import RetryLaterError
from tests import samples
from tests.samples import CONTEXT, task

if TYPE_CHECKING:
    from appconfig_rollback.state import Execution, TaskInput

_MARKED = datetime(2026, 3, 2, 17, 5, 0, 250_000, tzinfo=UTC)


def _failed(
    error: str = "FlagNotFoundError",
    cause: str = "why",
    **state: Any,
) -> TaskInput:
    caught = {"Error": error, "Cause": cause}
    return task(failure={"caught": caught, "at": "2026-03-02T17:05:00.250Z"}, **state)


def _redriven(monkeypatch: pytest.MonkeyPatch, at: datetime | None) -> None:
    def redriven_at(execution: Execution, since: datetime) -> datetime | None:
        assert (execution, since) == (samples.execution(), _MARKED)
        return at

    monkeypatch.setattr(executions, "redriven_at", redriven_at)


def test_a_redrive_lets_the_run_begin_again_with_fresh_state_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _redriven(monkeypatch, datetime(2026, 3, 2, 18, tzinfo=UTC))

    assert await_redrive.handler(_failed(), CONTEXT) == {}


@pytest.mark.parametrize("restored", [False, True])
def test_a_redrive_keeps_what_the_run_has_done_to_others(
    monkeypatch: pytest.MonkeyPatch, *, restored: bool
) -> None:
    _redriven(monkeypatch, datetime(2026, 3, 2, 18, tzinfo=UTC))
    stopped = [samples.stopped_deployment(reverted=True)]
    monitors = {"suspended": [{"AlarmArn": "arn"}], "restored": restored}
    failed = _failed(
        config=samples.config(),
        version=samples.version(),
        deployment=samples.deployment(),
        result=samples.result(),
        stoppedDeployments=stopped,
        monitors={**monitors, "failure": {"Error": "x"}},
    )

    assert await_redrive.handler(failed, CONTEXT) == {
        "stoppedDeployments": stopped,
        "monitors": monitors,
    }


def test_a_redrive_keeps_what_appconfig_said_of_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    _redriven(monkeypatch, datetime(2026, 3, 2, 18, tzinfo=UTC))
    refused = samples.refused()

    assert await_redrive.handler(_failed(refused=refused), CONTEXT) == {"refused": refused}


def test_a_failure_that_says_nothing_of_itself_ends_under_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _redriven(monkeypatch, None)
    said_nothing = task(failure={"caught": {}, "at": "2026-03-02T17:05:00.250Z"})

    with pytest.raises(Exception, match=r"^$") as raised:
        await_redrive.handler(said_nothing, CONTEXT)

    assert type(raised.value).__name__ == "UnknownError"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ("FlagNotFoundError", "FlagNotFoundError"),
        ("States.Timeout", "StatesTimeout"),
        ("Lambda.TooManyRequestsException", "LambdaTooManyRequestsException"),
        ("", "UnknownError"),
        (".", "UnknownError"),
    ],
)
def test_without_a_redrive_the_run_ends_under_the_original_name_without_dots(
    monkeypatch: pytest.MonkeyPatch, error: str, name: str
) -> None:
    _redriven(monkeypatch, None)

    with pytest.raises(Exception, match=r"^why$") as raised:
        await_redrive.handler(_failed(error), CONTEXT)

    assert raised.type.__name__ == name
    assert raised.type.__mro__[1] is Exception


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (json.dumps({"errorType": "X", "errorMessage": "expected a flag"}), "expected a flag"),
        ("{truncated", "{truncated"),
        ("", ""),
        ('["x"]', '["x"]'),
    ],
)
def test_the_original_cause_is_kept_in_readable_form(
    monkeypatch: pytest.MonkeyPatch, cause: str, message: str
) -> None:
    _redriven(monkeypatch, None)

    with pytest.raises(Exception, match=rf"^{re.escape(message)}$"):
        await_redrive.handler(_failed(cause=cause), CONTEXT)


def test_the_original_error_is_raised_even_where_redrives_cannot_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def redriven_at(execution: Execution, since: datetime) -> datetime | None:
        raise RetryLaterError(f"throttled at {execution['Id']} since {since}")

    monkeypatch.setattr(executions, "redriven_at", redriven_at)

    with pytest.raises(Exception, match=r"^why$") as raised:
        await_redrive.handler(_failed(), CONTEXT)

    assert raised.type.__name__ == "FlagNotFoundError"


def test_a_redrive_remembers_the_experiments_that_were_to_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _redriven(monkeypatch, datetime(2026, 3, 2, 18, tzinfo=UTC))
    stopped = [samples.stopped_experiment(), samples.stopped_experiment("other", stopped=False)]

    assert await_redrive.handler(_failed(experiments=stopped), CONTEXT) == {"experiments": stopped}
