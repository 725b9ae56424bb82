"""The table and the mock configuration fit each other and the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.shipped import STATES, TASKS
from tests.engines.case import REDRIVEN, Case
from tests.engines.cases import CASES
from tests.engines.mocks import CONFIG, MOCKED_RESPONSES, TEST_CASES, Throw, tries
from tests.engines.pace import longest_wait, real_seconds, retrier_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_NAME = {case.name: case for case in CASES}
WITH_TWIN = [case for case in CASES if case.twin]


def by_name(case: Case) -> str:
    return case.name


def states(case: Case) -> list[str]:
    """The states that the case enters, in their order."""
    return [step for step in case.trail if step != REDRIVEN and "!" not in step]


def failures(case: Case, state: str) -> list[str]:
    return [step.partition("!")[2] for step in case.trail if step.startswith(f"{state}!")]


def test_the_table_and_the_mock_configuration_have_the_same_cases() -> None:
    assert list(CONFIG["StateMachines"]) == ["Rollback"]
    assert [case.name for case in CASES] == list(TEST_CASES)


def test_every_mocked_response_belongs_to_a_case() -> None:
    assert {name for mocks in TEST_CASES.values() for name in mocks.values()} == set(
        MOCKED_RESPONSES
    )


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_case_mocks_the_tasks_that_it_enters_and_no_others(case: Case) -> None:
    assert set(TEST_CASES[case.name]) == set(states(case)) & TASKS.keys()


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_mocks_throw_what_the_trail_says(case: Case) -> None:
    for state, response in TEST_CASES[case.name].items():
        thrown = [answer.error for answer in tries(response) if isinstance(answer, Throw)]

        assert thrown == failures(case, state)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_a_case_ends_within_eight_minutes_in_real_time(case: Case) -> None:
    # With full jitter half of it is to be expected: every engine walks every case.
    assert longest_wait(case) <= 1
    assert real_seconds(case) <= 480


@pytest.mark.parametrize("case", WITH_TWIN, ids=by_name)
def test_a_twin_mocks_await_redrive_and_is_else_the_same(case: Case) -> None:
    twin = BY_NAME[case.twin or ""]
    mocks, twins_mocks = dict(TEST_CASES[case.name]), dict(TEST_CASES[twin.name])
    answers = tries(mocks.pop("AwaitRedrive"))
    attempts = zip(case.trail, case.trail[1:], strict=False)
    redriven_at = {index for index, (_, after) in enumerate(attempts) if after == REDRIVEN}

    assert twins_mocks.pop("AwaitRedrive")
    assert mocks == twins_mocks
    assert twin.trail == tuple(
        step
        for index, step in enumerate(case.trail)
        if step != REDRIVEN and index not in redriven_at
    )
    assert twin.output == case.output
    assert tries(TEST_CASES[twin.name]["AwaitRedrive"]) == [
        answer for answer in answers if not isinstance(answer, Throw)
    ]


def test_only_cases_with_a_twin_are_redriven() -> None:
    assert {case.name for case in CASES if case.redrives} == {case.name for case in WITH_TWIN}


def ways(case: Case) -> Iterator[tuple[str, str, str]]:
    """The ways that the case takes: from where, because a failure was caught or not, to where."""
    state = ""
    errors: list[str] = []
    for step in case.trail:
        if step == REDRIVEN:
            state = ""
        elif "!" in step:
            errors.append(step.partition("!")[2])
        else:
            if state:
                yield state, "caught" if is_final(state, errors) else "next", step
            state, errors = step, []


def is_final(state: str, errors: list[str]) -> bool:
    """Whether the last of the errors of a state's tries was not retried."""
    if not errors:
        return False
    retrier = retrier_of(state, errors[-1])
    return retrier is None or errors.count(errors[-1]) > int(retrier["MaxAttempts"])


def test_the_cases_take_every_way_of_the_definition() -> None:
    every_way = {
        (name, how, after)
        for name, state in STATES.items()
        for how, after in (
            ("next", state.get("Next")),
            ("next", state.get("Default")),
            *(("next", choice["Next"]) for choice in state.get("Choices", [])),
            *(("caught", catch["Next"]) for catch in state.get("Catch", [])),
        )
        if after
    }

    assert {way for case in CASES for way in ways(case)} == every_way


def test_the_cases_use_every_retry_of_the_definition() -> None:
    all_of_them = {(name, str(entry)) for name, task in TASKS.items() for entry in task["Retry"]}

    assert {
        (name, str(retrier_of(name, error)))
        for case in CASES
        for name in TASKS
        for error in failures(case, name)
        if retrier_of(name, error)
    } == all_of_them
