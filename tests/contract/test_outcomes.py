"""Every decision has a way through the state machine, and every outcome an end."""

from typing import get_args

import pytest

from appconfig_rollback.state import Outcome, Result, Verdict
from tests.contract.shipped import STATES

OUTCOMES = {
    name: state["Parameters"]
    for name, state in STATES.items()
    if state.get("ResultPath") == "$.result"
}
#: What each decision of FetchConfig leads to.
WAYS = {
    "roll_back": "CreateVersion",
    "stop_rollout": "StopRollout",
    "wait": "WaitForTurn",
    "already_off": "AlreadyOff",
    "coalesced": "Coalesced",
    "rollout_stopped": "RolloutStopped",
    "duplicate": "Duplicate",
    "dry_run": "DryRun",
    "opted_out": "OptedOut",
}
COUNTED_ONLY = {"duplicate", "ignored"}


def test_every_decision_has_a_way_and_every_way_a_decision() -> None:
    choices = STATES["WhatToDo?"]["Choices"]
    ways = {choice["StringEquals"]: choice["Next"] for choice in choices}

    assert {choice["Variable"] for choice in choices} == {"$.config.decision"}
    assert len(ways) == len(choices)
    assert ways | {"opted_out": STATES["WhatToDo?"]["Default"]} == WAYS
    assert set(get_args(Verdict)) == WAYS.keys()


def test_every_outcome_is_put_together_somewhere() -> None:
    assert {result["outcome"] for result in OUTCOMES.values()} == set(get_args(Outcome))


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_has_the_form_that_the_notice_and_the_metric_read(name: str) -> None:
    keys = {key.removesuffix(".$") for key in OUTCOMES[name]}

    assert Result.__required_keys__ <= keys <= Result.__required_keys__ | Result.__optional_keys__


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_goes_by_the_question_what_remains(name: str) -> None:
    assert STATES[name]["Type"] == "Pass"
    assert STATES[name]["Next"] == "WhatRemains?"


def test_some_outcomes_are_only_counted_and_all_others_told() -> None:
    remains = STATES["WhatRemains?"]
    counted = {
        choice["StringEquals"]
        for choice in remains["Choices"]
        if choice.get("Variable") == "$.result.outcome" and choice["Next"] == "RecordMetric"
    }

    assert counted == COUNTED_ONLY
    assert remains["Default"] == "Notify"
    assert STATES["Notify"]["Next"] == "RecordMetric"
    assert STATES["RecordMetric"]["Next"] == "Done"


@pytest.mark.parametrize("outcome", sorted(set(get_args(Outcome)) - COUNTED_ONLY))
def test_every_outcome_that_is_told_has_words(outcome: str) -> None:
    from appconfig_rollback import notice

    assert notice._TOLD.keys() == set(get_args(Outcome)) - COUNTED_ONLY
    assert outcome in notice._TOLD


def test_the_flag_is_confirmed_off_before_the_outcome_says_so() -> None:
    confirmed, undone = STATES["HowDidItEnd?"]["Choices"]

    assert confirmed == {
        "Variable": "$.deployment.confirmedOff",
        "BooleanEquals": True,
        "Next": "RolledBack",
    }
    assert undone == {
        "Variable": "$.deployment.undoneByMonitor",
        "BooleanEquals": True,
        "Next": "FindMonitors",
    }
