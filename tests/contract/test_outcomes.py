"""Every decision has a way through the state machine, and every outcome an end."""

from __future__ import annotations

import ast
from itertools import combinations
from typing import Any, get_args

import pytest

import fetch_config
from appconfig_rollback.case import Decision, Kind
from appconfig_rollback.notices import outcome as told
from appconfig_rollback.notices.effect import BECAUSE
from appconfig_rollback.outcome import ignored, rolled_back, settled
from appconfig_rollback.state import (
    _STRENGTH,
    Config,
    FlagOutcome,
    FlagResult,
    NextStep,
    Outcome,
    Result,
    State,
)
from tests import samples
from tests.contract.shipped import FUNCTIONS, STATES, STEPS, tree
from tests.contract.test_states import following
from tests.typed_dicts import optional_keys, required_keys

#: Said where an outcome is not known everywhere.
SEE = "all places of an outcome: docs/architecture.md, the row `an outcome`"
#: What each decision of FetchConfig leads to.
WAYS = {
    "roll_back": "CreateVersion",
    "stop_rollout": "StopRollout",
    "stop_experiment": "StopExperiment",
    "wait": "WaitForTurn",
    "settle": "Settled",
}
GO_ON = WAYS.keys() - {"settle"}
#: The kinds of a decision that end a run.
ENDS = {"settle", "duplicate"}
#: The outcome of a run whose one flag had each of these outcomes. With a flag that is not found
#: alone there is no outcome but an error, FlagNotFoundError, and with one that failed there is its.
OF_ONE: dict[FlagOutcome, Outcome] = {
    "rolled_back": "rolled_back",
    "rollout_stopped": "rollout_stopped",
    "experiment_stopped": "experiment_stopped",
    "held_back": "held_back",
    "already_off": "already_off",
    "dry_run": "dry_run",
    "opted_out": "ignored",
    "not_found": "ignored",
    "failed": "ignored",
}
#: The Pass states that say how a run ended, each with the place it takes the result from.
RESULTS = {"Settled": "$.config.result", "RolledBack": "$.deployment.result"}

RUN = samples.experiment()
STATE: State = {
    "alarm": samples.alarm(),
    "config": samples.config(flags=[samples.flag_result(stoppedExperiment=RUN)]),
    "version": samples.version(),
}


def ended(kind: Kind, *flags: FlagResult) -> Result:
    """What a run returns that ends with this kind, and with these results of its flags."""
    decision = Decision(
        kind,
        flags=flags,
        by={"execution": "arn", "fromVersion": 7, "toVersion": 8, "deploymentNumber": 12},
        in_the_way=samples.in_the_way(),
    )
    return settled(decision, STATE["alarm"], 7)


#: One result of each place that makes one.
MADE: dict[str, Result] = {
    "an ignored alarm": ignored(STATE["alarm"], "the alarm went to OK"),
    "CheckDeployment": rolled_back(STATE, 12),
    "duplicate": ended("duplicate"),
    **{
        outcome: ended("settle", samples.flag_result(outcome=outcome, stoppedExperiment=RUN))
        for outcome in get_args(FlagOutcome)
    },
}


def test_every_decision_has_a_way_and_every_way_a_decision() -> None:
    choices = STATES["WhatToDo?"]["Choices"]
    ways = {choice["StringEquals"]: choice["Next"] for choice in choices}

    assert {choice["Variable"] for choice in choices} == {"$.config.decision"}
    assert len(ways) == len(choices)
    assert ways == WAYS
    assert set(get_args(NextStep)) == WAYS.keys()


def test_a_decision_of_another_release_is_a_failure_and_no_outcome() -> None:
    assert STATES["WhatToDo?"]["Default"] == "MarkUnknown"
    assert "MarkUnknown" not in WAYS.values()
    assert STATES["MarkUnknown"]["ResultPath"] == "$.failure"


def test_every_verdict_goes_on_or_ends_the_run() -> None:
    assert set(fetch_config._GO_ON) == GO_ON
    assert set(get_args(Kind)) == GO_ON | ENDS
    assert {outcome: MADE[outcome]["outcome"] for outcome in OF_ONE} == OF_ONE
    assert OF_ONE.keys() == set(get_args(FlagOutcome)), SEE
    assert MADE["duplicate"]["outcome"] == "duplicate"


#: First that too much was to go off, which somebody has to look at; then what says most of what
#: users lost; then that a flag is on still.
STRONGEST_FIRST: list[FlagOutcome] = [
    "held_back",
    "rolled_back",
    "rollout_stopped",
    "experiment_stopped",
    "dry_run",
    "already_off",
    "opted_out",
    "not_found",
]


@pytest.mark.parametrize(("stronger", "weaker"), list(combinations(STRONGEST_FIRST, 2)))
def test_the_outcome_of_two_flags_is_the_stronger_one(
    stronger: FlagOutcome, weaker: FlagOutcome
) -> None:
    flags = samples.flag_result("a", weaker), samples.flag_result("b", stronger)
    result = ended("settle", *flags)

    assert result["outcome"] == OF_ONE[stronger]
    assert result["flags"] == list(flags)


@pytest.mark.parametrize("kind", sorted(GO_ON))
def test_a_verdict_that_goes_on_has_no_outcome(kind: Kind) -> None:
    with pytest.raises(AssertionError):
        ended(kind, samples.flag_result())


def test_every_outcome_is_put_together_somewhere() -> None:
    assert {result["outcome"] for result in MADE.values()} == set(get_args(Outcome)), SEE


@pytest.mark.parametrize("place", MADE)
def test_every_outcome_has_the_form_that_the_notice_and_the_metric_read(place: str) -> None:
    keys = MADE[place].keys()

    assert required_keys(Result) <= keys <= required_keys(Result) | optional_keys(Result)


@pytest.mark.parametrize("place", sorted(MADE.keys() - {"an ignored alarm", "duplicate"}))
def test_an_experiment_that_was_stopped_is_named_in_every_outcome_of_a_flag(place: str) -> None:
    assert [each["stoppedExperiment"] for each in MADE[place]["flags"]] == [RUN]


@pytest.mark.parametrize("place", ["an ignored alarm", "duplicate"])
def test_where_the_flags_were_not_looked_at_nothing_is_said_of_any(place: str) -> None:
    assert MADE[place]["flags"] == []


def test_every_outcome_is_taken_from_the_step_that_found_it_and_goes_by_what_remains() -> None:
    found = {name: state for name, state in STATES.items() if state.get("ResultPath") == "$.result"}

    assert {name: state["InputPath"] for name, state in found.items()} == RESULTS
    for state in found.values():
        assert (state["Type"], state["Next"]) == ("Pass", "WhatRemains?")
        assert not state.keys() & {"Parameters", "Result", "OutputPath"}


def test_some_outcomes_are_only_counted_and_all_others_told() -> None:
    remains = STATES["WhatRemains?"]
    counted = [rule for rule in remains["Choices"] if rule["Next"] == "RecordMetric"]

    assert counted == [
        {"Variable": "$.config.announce", "BooleanEquals": False, "Next": "RecordMetric"}
    ]
    assert remains["Default"] == "Notify"
    assert STATES["Notify"]["Next"] == "RecordMetric"
    assert STATES["RecordMetric"]["Next"] == "Done"


def test_every_outcome_has_words() -> None:
    assert told._TOLD.keys() == set(get_args(Outcome)), SEE
    assert told._OF_EACH.keys() == set(get_args(FlagOutcome)), SEE
    assert BECAUSE.keys() == set(get_args(Outcome)), SEE


def test_every_outcome_of_a_flag_has_its_strength() -> None:
    ends_the_run_with_another = {flag for flag, run in OF_ONE.items() if flag != run}

    assert set(_STRENGTH) == set(get_args(FlagOutcome)) - ends_the_run_with_another, SEE


def test_the_flag_is_confirmed_off_before_the_outcome_says_so() -> None:
    how = STATES["HowDidItEnd?"]
    ways = [(rule["Variable"], rule["BooleanEquals"], rule["Next"]) for rule in how["Choices"]]
    into = {name for name in STATES if "RolledBack" in following(name)}

    assert ways == [
        ("$.deployment.confirmedOff", True, "RolledBack"),
        ("$.deployment.undoneByMonitor", True, "FindMonitors"),
        ("$.deployment.lookAgain", True, "WaitForTurn"),
    ]
    assert how["Default"] == "WaitForDeployment"
    assert STATES["WaitForDeployment"]["Next"] == "CheckDeployment"
    assert STATES["StartDeployment"]["Next"] == "CheckDeployment"
    assert into == {"HowDidItEnd?"}


def written(step: str) -> list[dict[Any, str]]:
    """The objects that a step's module writes: the source of each value, by key."""
    return [
        {
            key.value: ast.unparse(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        for node in ast.walk(tree(STEPS[step]))
        if isinstance(node, ast.Dict)
    ]


@pytest.mark.parametrize("step", ["start_deployment", "check_deployment"])
def test_a_deployment_has_a_result_only_where_the_flag_is_confirmed_off(step: str) -> None:
    answers = [found for found in written(step) if found.keys() & {"result", "confirmedOff"}]

    assert answers
    for answer in answers:
        assert answer["confirmedOff"] == str(answer["result"] != "None")


def test_fetch_config_answers_without_a_look_only_where_it_settles_the_run() -> None:
    answers = [found for found in written("fetch_config") if "decision" in found]
    without_a_look = [found for found in answers if not required_keys(Config) <= found.keys()]

    assert len(answers) > len(without_a_look)
    assert [found["decision"] for found in without_a_look] == ["'settle'"]


def test_only_check_deployment_says_that_this_execution_turned_the_flag_off() -> None:
    calls = {
        path.stem
        for path in FUNCTIONS.rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("rolled_back")
    }

    assert calls == {"check_deployment"}
