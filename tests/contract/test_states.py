"""The state machine's definition: every state is reachable, every task is guarded."""

from __future__ import annotations

import re
from typing import Any, get_type_hints

import pytest

from appconfig_rollback import errors
from appconfig_rollback.aftercare.watch import AftercareState, Look
from appconfig_rollback.definition import CURRENT
from tests.contract.shipped import (
    AFTERCARE,
    AFTERCARE_TASKS,
    DEFINITION,
    DEFINITION_TEXT,
    STATES,
    TASKS,
    TEMPLATE,
)
from tests.typed_dicts import required_keys

#: Error names that Step Functions and Lambda document.
AWS_ERRORS = {
    "States.ALL",
    "States.Timeout",
    "Sandbox.Timedout",
    "Lambda.Unknown",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
}
TRANSIENT = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
}
#: What Lambda answers while the account's concurrency is spent, or the function is not there yet.
BUSY = [
    "Lambda.TooManyRequestsException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
]
OUR_ERRORS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.RollbackError)
}
GUARDED = sorted(TASKS.keys() - {"AwaitRedrive"})
#: How a failed run ends; all other tasks work on the rollback.
ENDING = ("NotifyFailure", "AwaitRedrive")
WORKING = sorted(TASKS.keys() - set(ENDING))


def following(name: str) -> set[str]:
    """The states that may come right after a state."""
    state = STATES[name]
    after = {state["Next"]} if "Next" in state else set()
    after |= {state["Default"]} if "Default" in state else set()
    after |= {choice["Next"] for choice in state.get("Choices", [])}
    return after | {catch["Next"] for catch in state.get("Catch", [])}


def next_where(choice: str, variable: str) -> str:
    """Where a choice leads by the rule on one variable."""
    (rule,) = (rule for rule in STATES[choice]["Choices"] if rule.get("Variable") == variable)
    return str(rule["Next"])


def _reachable_from(start: str, without: frozenset[str] = frozenset()) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in reached | without:
            reached.add(name)
            ahead += following(name)
    return reached


def test_every_state_is_reachable_and_every_transition_leads_to_a_state() -> None:
    assert _reachable_from(DEFINITION["StartAt"]) == STATES.keys()


@pytest.mark.parametrize("name", STATES)
def test_every_state_leads_to_an_end(name: str) -> None:
    assert {"Done", "AwaitRedrive"} & _reachable_from(name)


def test_the_machine_has_no_more_states_than_a_person_can_take_in() -> None:
    assert len(STATES) <= 26


def test_no_fail_state_stands_in_the_way_of_redrive() -> None:
    assert "Fail" not in {state["Type"] for state in STATES.values()}


@pytest.mark.parametrize("name", [name for name in STATES if STATES[name]["Type"] == "Choice"])
def test_every_choice_has_a_default(name: str) -> None:
    assert "Default" in STATES[name]


def test_the_execution_starts_with_state_data_of_its_own() -> None:
    first = STATES[DEFINITION["StartAt"]]

    assert (first["Type"], first["Result"], first["ResultPath"]) == ("Pass", {}, "$")


@pytest.mark.parametrize("name", TASKS)
def test_every_error_that_is_matched_has_a_name_of_ours_or_of_aws(name: str) -> None:
    handlers = TASKS[name]["Retry"] + TASKS[name].get("Catch", [])
    matched = {error for handler in handlers for error in handler["ErrorEquals"]}

    assert matched <= OUR_ERRORS | AWS_ERRORS


@pytest.mark.parametrize("name", TASKS)
def test_every_task_gets_the_whole_execution_and_the_whole_state(name: str) -> None:
    assert TASKS[name]["Parameters"] == {
        "definition": CURRENT,
        "execution.$": "$$.Execution",
        "state.$": "$",
    }


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_timeout_that_a_cold_function_can_keep(name: str) -> None:
    timeout = TEMPLATE["Globals"]["Function"]["Timeout"]

    assert TASKS[name]["TimeoutSeconds"] >= 60
    assert timeout < TASKS[name]["TimeoutSeconds"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_repeats_what_lambda_itself_fails_at_with_jitter(name: str) -> None:
    (retry,) = (retry for retry in TASKS[name]["Retry"] if set(retry["ErrorEquals"]) >= TRANSIENT)

    assert retry["JitterStrategy"] == "FULL"
    assert retry["MaxAttempts"] >= 3
    assert retry["BackoffRate"] >= 2


def _longest(retry: dict[str, Any]) -> list[float]:
    """The seconds that a retrier waits before each try; full jitter waits half on average."""
    return [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** number, retry["MaxDelaySeconds"])
        for number in range(retry["MaxAttempts"])
    ]


def _busy(name: str) -> dict[str, Any]:
    (retry,) = (retry for retry in TASKS[name]["Retry"] if retry["ErrorEquals"] == BUSY)
    return dict(retry)


@pytest.mark.parametrize("name", WORKING)
def test_a_working_step_waits_for_lambda_until_the_budget_decides(name: str) -> None:
    budget = TEMPLATE["Parameters"]["RollbackBudgetMinutes"]["Default"]

    assert _busy(name)["JitterStrategy"] == "FULL"
    assert _busy(name)["IntervalSeconds"] == 1
    assert max(_longest(_busy(name))) == 30
    assert sum(_longest(_busy(name))) / 2 >= budget * 60


@pytest.mark.parametrize("name", ENDING)
def test_a_failed_run_looks_alive_for_two_minutes_at_most(name: str) -> None:
    assert _busy(name)["JitterStrategy"] == "FULL"
    assert sum(_longest(_busy(name))) <= 120


@pytest.mark.parametrize("name", GUARDED)
def test_every_task_repeats_our_retryable_error_and_no_other_of_ours(name: str) -> None:
    ours = [retry for retry in TASKS[name]["Retry"] if OUR_ERRORS & set(retry["ErrorEquals"])]

    assert [retry["ErrorEquals"] for retry in ours] == [["RetryLaterError"]]
    assert ours[0]["JitterStrategy"] == "FULL"


@pytest.mark.parametrize("name", GUARDED)
def test_every_task_outlasts_a_minute_in_which_a_service_is_away(name: str) -> None:
    (retry,) = (r for r in TASKS[name]["Retry"] if r["ErrorEquals"] == ["RetryLaterError"])

    assert sum(_longest(retry)) / 2 >= 60


@pytest.mark.parametrize("name", TASKS)
def test_no_task_repeats_whatever_fails(name: str) -> None:
    repeated = {error for retry in TASKS[name]["Retry"] for error in retry["ErrorEquals"]}

    assert not repeated & {"States.ALL", "States.TaskFailed"}


@pytest.mark.parametrize("name", GUARDED)
def test_every_task_catches_all_errors_last_and_keeps_its_state_data(name: str) -> None:
    *named, last = TASKS[name]["Catch"]

    assert last["ErrorEquals"] == ["States.ALL"]
    assert "States.ALL" not in {error for catch in named for error in catch["ErrorEquals"]}
    assert "$" not in {catch.get("ResultPath", "$") for catch in (*named, last)}


@pytest.mark.parametrize("name", GUARDED)
def test_every_failure_ends_where_it_can_be_redriven(name: str) -> None:
    # A metric that cannot be written does not make the run red.
    expected = {
        "RecordMetric": "Done",
        "NotifyFailure": "AwaitRedrive",
        "RestoreMonitors": "WhatRemains?",
    }.get(name, "MarkFailure")

    assert TASKS[name]["Catch"][-1]["Next"] == expected


@pytest.mark.parametrize("name", ["CreateVersion", "StartDeployment", "StopExperiment"])
def test_a_writer_that_lost_a_race_reads_again_what_is_served(name: str) -> None:
    caught = {
        error: catch["Next"] for catch in TASKS[name]["Catch"] for error in catch["ErrorEquals"]
    }

    assert caught["RefreshRequiredError"] == "WaitForTurn"
    assert following("WaitForTurn") == {"FetchConfig"}


@pytest.mark.parametrize("name", TASKS)
def test_what_appconfig_refuses_is_written_once_more_and_the_state_data_says_so(name: str) -> None:
    caught = {
        error: (catch["ResultPath"], catch["Next"])
        for catch in TASKS[name].get("Catch", [])
        for error in catch["ErrorEquals"]
    }
    refused_here = name in ("CreateVersion", "StartDeployment", "CheckDeployment")

    # CreateVersion writes the bare switch where this key is there, so a second refusal has another
    # name, which no Catch takes back.
    assert caught.get("BareSwitchRequiredError") == (
        ("$.refused", "WaitForTurn") if refused_here else None
    )
    assert "InvalidConfigurationError" not in caught


def test_a_failure_is_marked_then_told_then_awaits_redrive() -> None:
    assert following("MarkFailure") == {"WhatRemains?"}
    assert next_where("WhatRemains?", "$.failure") == "NotifyFailure"
    assert following("NotifyFailure") == {"AwaitRedrive"}
    assert following("AwaitRedrive") == {"ParseAlarm"}


def test_await_redrive_never_catches_and_never_repeats_what_it_raises_itself() -> None:
    repeated = {error for retry in TASKS["AwaitRedrive"]["Retry"] for error in retry["ErrorEquals"]}

    assert "Catch" not in TASKS["AwaitRedrive"]
    assert all("." in error for error in repeated), "it raises only names without dots"


def test_the_whole_run_has_time_for_the_longest_budget_and_what_comes_after_its_last_look() -> None:
    longest = TEMPLATE["Parameters"]["RollbackBudgetMinutes"]["MaxValue"]
    # The budget is looked at by FetchConfig and CheckDeployment. What works between the two, and
    # what then puts monitors back, may each wait for Lambda.
    after = ["CreateVersion", "StartDeployment", "CheckDeployment", "RestoreMonitors"]
    waiting = sum(sum(_longest(_busy(name))) / 2 for name in after)
    ending = sum(sum(_longest(_busy(name))) for name in ENDING)

    assert DEFINITION["TimeoutSeconds"] > longest * 60 + waiting + ending


def test_the_definition_is_json_before_and_after_substitution() -> None:
    # Every placeholder stands within a text.
    assert not re.search(r'[^"$]\$\{[^"]*\}[^"]', DEFINITION_TEXT)


SUCCESS_AND_FAILURE = {"Notify", "RecordMetric", "Done", "NotifyFailure", "AwaitRedrive"}


@pytest.mark.parametrize("name", ["FindMonitors", "SuspendMonitors", "ParseAlarm"])
def test_no_way_to_an_end_passes_by_the_question_whether_monitors_are_still_off(name: str) -> None:
    assert not SUCCESS_AND_FAILURE & _reachable_from(name, frozenset({"WhatRemains?"}))


def test_monitors_that_are_still_off_go_back_before_anything_is_told() -> None:
    first, *_ = STATES["WhatRemains?"]["Choices"]

    assert first["Next"] == "RestoreMonitors"
    assert first["And"] == [
        {"Variable": "$.monitors", "IsPresent": True},
        {"Variable": "$.monitors.failure", "IsPresent": False},
        {"Variable": "$.monitors.restored", "BooleanEquals": False},
    ]
    assert following("RestoreMonitors") == {"WhatRemains?"}


def test_monitors_that_cannot_be_put_back_are_tried_once_and_make_the_run_red() -> None:
    (catch,) = TASKS["RestoreMonitors"]["Catch"]

    # The first rule of WhatRemains? looks at this path: without it the run would go in circles.
    assert catch["ResultPath"] == "$.monitors.failure"
    assert next_where("WhatRemains?", "$.monitors.failure") == "MarkNotRestored"
    assert STATES["MarkNotRestored"]["Parameters"]["caught.$"] == "$.monitors.failure"
    assert STATES["MarkNotRestored"]["ResultPath"] == "$.failure"
    assert following("MarkNotRestored") == {"NotifyFailure"}


def test_the_first_failure_of_a_run_is_the_one_that_it_ends_with() -> None:
    _, *rules = STATES["WhatRemains?"]["Choices"]

    assert [(rule["Variable"], rule.get("IsPresent"), rule["Next"]) for rule in rules] == [
        ("$.failure", True, "NotifyFailure"),
        ("$.monitors.failure", True, "MarkNotRestored"),
        ("$.config.announce", None, "RecordMetric"),
    ]


def test_an_unknown_decision_fails_the_run_under_a_name_of_its_own() -> None:
    mark = STATES["MarkUnknown"]
    caught = mark["Parameters"]["caught"]

    assert mark["ResultPath"] == "$.failure"
    assert mark["Parameters"].keys() == {"caught", "at.$"}
    assert mark["Parameters"]["at.$"] == STATES["MarkFailure"]["Parameters"]["at.$"]
    assert caught.keys() == {"Error", "Cause"}
    assert caught["Error"] == "UnknownDecisionError"
    assert following("MarkUnknown") == {"WhatRemains?"}
    assert [name for name in STATES if "MarkUnknown" in following(name)] == ["WhatToDo?"]


def test_the_monitors_are_known_to_the_state_data_before_they_are_changed() -> None:
    assert following("FindMonitors") == {"SuspendMonitors", "MarkFailure"}
    into = [name for name in STATES if "SuspendMonitors" in following(name)]

    assert into == ["FindMonitors"]


def test_what_stopping_a_rollout_or_an_experiment_changed_is_read_again() -> None:
    assert following("StopRollout") == {"WaitForTurn", "MarkFailure"}
    assert following("StopExperiment") == {"WaitForTurn", "MarkFailure"}
    assert following("WaitForTurn") == {"FetchConfig"}
    assert following("SuspendMonitors") == {"FetchConfig", "MarkFailure"}


AFTERCARE_STATES: dict[str, dict[str, Any]] = AFTERCARE["States"]


def test_every_state_of_a_watch_is_reachable_and_leads_to_a_state() -> None:
    reached: set[str] = set()
    ahead = [AFTERCARE["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            state = AFTERCARE_STATES[name]
            rules = [*state.get("Choices", []), *state.get("Catch", [])]
            ahead += [rule["Next"] for rule in rules]
            ahead += [state[key] for key in ("Next", "Default") if key in state]

    assert reached == AFTERCARE_STATES.keys()


@pytest.mark.parametrize("name", AFTERCARE_TASKS)
def test_a_step_of_a_watch_is_given_and_repeats_what_a_step_of_a_rollback_does(name: str) -> None:
    task = AFTERCARE_TASKS[name]

    for key in ("Parameters", "Retry", "TimeoutSeconds"):
        assert task[key] == TASKS["Notify"][key]


@pytest.mark.parametrize("name", AFTERCARE_TASKS)
def test_a_watch_is_red_where_it_fails_so_that_a_redrive_goes_on_there(name: str) -> None:
    # A metric that cannot be written does not make it red.
    caught = [catch["Next"] for catch in AFTERCARE_TASKS[name].get("Catch", [])]

    assert caught == (["IsItOver?"] if name == "RecordAftercare" else [])
    # It goes in circles until it is over: a clock of its own would end it without a word.
    assert "TimeoutSeconds" not in AFTERCARE


def test_a_watch_tells_what_a_look_came_to_and_is_over_when_that_says_so() -> None:
    tell, over = AFTERCARE_STATES["WhatToTell?"]["Choices"]

    assert (tell["Variable"], tell["Next"]) == ("$.look.result", "TellAftercare")
    assert (over["Variable"], over["Next"]) == ("$.look.over", "Watched")
    assert AFTERCARE_STATES["IsItOver?"]["Choices"] == [over]
    for choice in ("WhatToTell?", "IsItOver?"):
        assert AFTERCARE_STATES[choice]["Default"] == AFTERCARE["StartAt"] == "WaitToLook"
    assert AFTERCARE_STATES["WaitToLook"]["SecondsPath"] == "$.look.waitSeconds"
    assert {"result", "over", "waitSeconds"} <= required_keys(Look)


def test_a_watch_keeps_under_each_key_what_its_state_data_say() -> None:
    written = {task["ResultPath"].removeprefix("$.") for task in AFTERCARE_TASKS.values()}

    assert written | {"watch"} == get_type_hints(AftercareState).keys()
