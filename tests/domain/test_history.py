"""What failed, how often, and whether it was told is read out of an execution's history."""

from __future__ import annotations

from typing import Any

import pytest

from appconfig_rollback.history import Attempt, read_attempt

Event = dict[str, Any]


def _entered(state: str, kind: str = "Task") -> Event:
    return {"type": f"{kind}StateEntered", "stateEnteredEventDetails": {"name": state}}


def _events(*kinds: str) -> list[Event]:
    return [{"type": kind} for kind in kinds]


_STARTED = _events("ExecutionStarted")
#: A task by function ARN, and one by the service integration, write different events.
_FAILED = {
    "function": _events("LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed"),
    "integration": _events("TaskScheduled", "TaskStarted", "TaskFailed"),
}
_SUCCEEDED = {
    "function": _events(
        "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"
    ),
    "integration": _events("TaskScheduled", "TaskStarted", "TaskSucceeded"),
}
family = pytest.mark.parametrize("family", ["function", "integration"])


def _caught(
    family: str, state: str = "FetchConfig", *, tries: int = 1, told: bool = True
) -> list[Event]:
    """A state fails, the failure is caught, perhaps told, and AwaitRedrive ends the run."""
    return [
        _entered(state),
        *_FAILED[family] * tries,
        {"type": "TaskStateExited"},
        _entered("MarkFailure", "Pass"),
        {"type": "PassStateExited"},
        _entered("NotifyFailure"),
        *(_SUCCEEDED if told else _FAILED)[family],
        {"type": "TaskStateExited"},
        _entered("AwaitRedrive"),
        *_FAILED[family],
    ]


@family
def test_the_state_that_failed_is_named_with_its_tries(family: str) -> None:
    events = [*_STARTED, *_caught(family, tries=3), *_events("ExecutionFailed")]

    assert read_attempt(events) == Attempt(
        "AwaitRedrive", "FetchConfig", 3, notified=True, ended=True
    )


@family
def test_a_failure_that_is_being_told_is_read_before_the_execution_ends(family: str) -> None:
    events = [*_STARTED, *_caught(family)[:-6], *_events("TaskScheduled", "TaskStarted")]

    assert read_attempt(events) == Attempt(
        "NotifyFailure", "FetchConfig", 1, notified=False, ended=False
    )


@family
def test_a_notice_that_failed_has_not_been_told(family: str) -> None:
    events = [*_STARTED, *_caught(family, told=False), *_events("ExecutionFailed")]

    assert read_attempt(events) == Attempt(
        "AwaitRedrive", "FetchConfig", 1, notified=False, ended=True
    )


@pytest.mark.parametrize(
    "kind",
    [
        "LambdaFunctionFailed",
        "LambdaFunctionTimedOut",
        "LambdaFunctionScheduleFailed",
        "LambdaFunctionStartFailed",
        "TaskFailed",
        "TaskTimedOut",
        "TaskStartFailed",
        "TaskSubmitFailed",
    ],
)
def test_every_kind_of_failure_counts_as_a_try(kind: str) -> None:
    assert read_attempt([_entered("Notify"), *_events(kind)]).tries == 1


@family
def test_only_the_last_visit_of_a_state_counts(family: str) -> None:
    poll = [_entered("CheckDeployment"), *_FAILED[family], *_SUCCEEDED[family]]
    wait = [_entered("WaitForDeployment", "Wait")]

    events = [*poll, *wait, *poll, *wait, _entered("CheckDeployment"), *_FAILED[family] * 2]

    assert read_attempt(events) == Attempt(
        "CheckDeployment", "CheckDeployment", 2, notified=False, ended=False
    )


@family
def test_a_failure_that_is_handled_within_the_run_is_not_the_one_that_ends_it(family: str) -> None:
    conflict = [_entered("CreateVersion"), *_FAILED[family], _entered("WaitForTurn", "Wait")]

    events = [*conflict, *_caught(family, "FetchConfig", tries=2)]

    assert read_attempt(events).failed_state == "FetchConfig"
    assert read_attempt(events).tries == 2


@pytest.mark.parametrize("end", ["ExecutionTimedOut", "ExecutionAborted", "ExecutionFailed"])
def test_an_end_in_the_middle_names_the_state_that_was_entered_last(end: str) -> None:
    events = [*_STARTED, _entered("WaitForDeployment", "Wait"), *_events(end)]

    assert read_attempt(events) == Attempt(
        "WaitForDeployment", "WaitForDeployment", 0, notified=False, ended=True
    )


def test_an_execution_that_entered_no_state_failed_in_none() -> None:
    events = _events("ExecutionStarted", "ExecutionFailed")

    assert read_attempt(events) == Attempt(None, None, 0, notified=False, ended=True)


@family
@pytest.mark.parametrize("entered_anew", [False, True])
def test_a_redrive_begins_a_new_attempt(family: str, *, entered_anew: bool) -> None:
    events = [
        *_STARTED,
        *_caught(family, "FetchConfig", tries=5),
        *_events("ExecutionFailed", "ExecutionRedriven"),
        *([_entered("AwaitRedrive")] if entered_anew else []),
        *_SUCCEEDED[family],
    ]
    again = [*events, *_caught(family, "StartDeployment", tries=2), *_events("ExecutionFailed")]

    assert not read_attempt(events).notified, "AwaitRedrive succeeded, not NotifyFailure"
    assert not read_attempt(events).ended
    assert read_attempt(again) == Attempt(
        "AwaitRedrive", "StartDeployment", 2, notified=True, ended=True
    )


@family
@pytest.mark.parametrize("entered_anew", [False, True])
def test_a_redrive_in_the_middle_goes_on_in_the_state_of_before(
    family: str, *, entered_anew: bool
) -> None:
    events = [
        *_STARTED,
        _entered("FetchConfig"),
        *_FAILED[family] * 4,
        *_events("ExecutionAborted", "ExecutionRedriven"),
        *([_entered("FetchConfig")] if entered_anew else []),
        *_FAILED[family] * 2,
        *_events("ExecutionTimedOut"),
    ]

    assert read_attempt(events) == Attempt(
        "FetchConfig", "FetchConfig", 2, notified=False, ended=True
    )


@family
@pytest.mark.parametrize("entered_anew", [False, True])
def test_a_redrive_in_the_middle_that_fails_and_is_caught_names_the_same_state(
    family: str, *, entered_anew: bool
) -> None:
    caught = _caught(family, "FetchConfig", tries=2)
    events = [
        *_STARTED,
        _entered("FetchConfig"),
        *_events("ExecutionTimedOut", "ExecutionRedriven"),
        *(caught if entered_anew else caught[1:]),
        *_events("ExecutionFailed"),
    ]

    assert read_attempt(events) == Attempt(
        "AwaitRedrive", "FetchConfig", 2, notified=True, ended=True
    )


@family
def test_a_redrive_that_does_not_get_beyond_await_redrive_failed_there(family: str) -> None:
    events = [
        *_STARTED,
        *_caught(family),
        *_events("ExecutionFailed", "ExecutionRedriven"),
        *_FAILED[family],
        *_events("ExecutionFailed"),
    ]

    assert read_attempt(events) == Attempt(
        "AwaitRedrive", "AwaitRedrive", 1, notified=False, ended=True
    )


@pytest.mark.parametrize(
    ("redrives", "attempt"),
    [
        (0, Attempt("AwaitRedrive", "ParseAlarm", 1, notified=True, ended=True)),
        (1, Attempt("AwaitRedrive", "FetchConfig", 2, notified=False, ended=True)),
        (2, Attempt("AwaitRedrive", "Notify", 3, notified=True, ended=True)),
        (3, Attempt("AwaitRedrive", "CreateVersion", 4, notified=True, ended=True)),
        (None, Attempt("AwaitRedrive", "CreateVersion", 4, notified=True, ended=True)),
    ],
)
def test_each_attempt_is_read_by_its_number(redrives: int | None, attempt: Attempt) -> None:
    events = [
        *_STARTED,
        *_caught("function", "ParseAlarm"),
        *_events("ExecutionFailed", "ExecutionRedriven"),
        *_caught("function", "FetchConfig", tries=2, told=False),
        *_events("ExecutionFailed", "ExecutionRedriven"),
        *_caught("function", "Notify", tries=3),
        *_events("ExecutionFailed", "ExecutionRedriven"),
        *_caught("function", "CreateVersion", tries=4),
        *_events("ExecutionFailed"),
    ]

    assert read_attempt(events, redrives) == attempt


def _restoring(*events: Event) -> list[Event]:
    return [_entered("WhatRemains?", "Choice"), _entered("RestoreMonitors"), *events]


@family
def test_the_state_that_failed_first_is_named_even_if_restoring_monitors_fails_too(
    family: str,
) -> None:
    events = [
        *_STARTED,
        _entered("StartDeployment"),
        *_FAILED[family] * 2,
        _entered("MarkFailure", "Pass"),
        *_restoring(*_FAILED[family] * 5),
        _entered("FailedBefore?", "Choice"),
        _entered("NotifyFailure"),
    ]

    assert read_attempt(events) == Attempt(
        "NotifyFailure", "StartDeployment", 2, notified=False, ended=False
    )


@family
def test_monitors_that_cannot_be_restored_are_the_failure_of_a_run_that_had_none(
    family: str,
) -> None:
    events = [
        *_STARTED,
        _entered("RolledBack", "Pass"),
        *_restoring(*_FAILED[family] * 3),
        _entered("FailedBefore?", "Choice"),
        _entered("MarkNotRestored", "Pass"),
        _entered("NotifyFailure"),
        *_SUCCEEDED[family],
    ]

    assert read_attempt(events) == Attempt(
        "NotifyFailure", "RestoreMonitors", 3, notified=True, ended=False
    )


@family
def test_a_failure_that_was_marked_before_a_redrive_is_not_the_one_after_it(family: str) -> None:
    events = [
        *_STARTED,
        *_caught(family, "CreateVersion"),
        *_events("ExecutionFailed", "ExecutionRedriven"),
        _entered("WaitForDeployment", "Wait"),
        *_events("ExecutionAborted"),
    ]

    assert read_attempt(events).failed_state == "WaitForDeployment"
