"""What is under way comes first: it decides what will be served."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.errors import FlagNotFoundError
from tests.domain.looks import STOPPED, Place, flags, mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appconfig_rollback.state import StoppedDeployment

SOON = timedelta(seconds=60)
NOT_SOON = timedelta(seconds=61)
ON, OFF, ABSENT = flags("a", "b"), flags("b", off="a"), flags("b")
OTHERS: StoppedDeployment = {**STOPPED, "number": 9, "profileName": "limits", "ours": False}
IN_PROGRESS = ["VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK"]


def _serving(served: str, rolled_out: str) -> Place:
    return Place({3: served, 4: rolled_out})


@pytest.mark.parametrize("served", [ON, OFF, ABSENT], ids=["on", "off", "absent"])
@pytest.mark.parametrize("ends", [SOON, NOT_SOON, None])
def test_a_rollout_that_turns_the_flag_on_is_stopped_whatever_is_served(
    served: str, ends: timedelta | None
) -> None:
    place = _serving(served, ON)
    place.run("DEPLOYING", ends=ends)

    decision = place.decide()

    assert decision.verdict == "stop_rollout"
    assert decision.in_the_way == {
        "number": 8,
        "version": 4,
        "profileName": "flags",
        "ours": True,
    }


@pytest.mark.parametrize(
    ("state", "ours", "verdict"),
    [
        ("DEPLOYING", True, "stop_rollout"),
        ("DEPLOYING", False, "stop_rollout"),
        ("BAKING", True, "stop_rollout"),
        ("BAKING", False, "wait"),  # a revert would undo it, had it just completed
        ("VALIDATING", True, "wait"),
        ("VALIDATING", False, "wait"),
        ("ROLLING_BACK", True, "wait"),
        ("ROLLING_BACK", False, "wait"),
    ],
)
def test_only_what_can_be_stopped_without_harm_is_stopped(
    state: str, verdict: str, *, ours: bool
) -> None:
    place = _serving(ON, ON)
    place.run(state, ours=ours)

    decision = place.decide(stop_others=True)

    assert decision.verdict == verdict
    if verdict == "stop_rollout":
        assert decision.in_the_way
        assert decision.in_the_way["ours"] is ours
    else:
        assert decision.in_the_way is None


@pytest.mark.parametrize("rolled_out", [OFF, ABSENT], ids=["off", "absent"])
@pytest.mark.parametrize(
    ("ends", "verdict"), [(SOON, "wait"), (NOT_SOON, "stop_rollout"), (None, "stop_rollout")]
)
def test_a_rollout_that_turns_the_flag_off_is_waited_for_if_it_ends_soon(
    rolled_out: str, ends: timedelta | None, verdict: str
) -> None:
    place = _serving(ON, rolled_out)
    place.run("DEPLOYING", ends=ends)

    assert place.decide().verdict == verdict


@pytest.mark.parametrize("state", IN_PROGRESS)
def test_a_rollout_that_leaves_an_off_flag_off_is_left_alone(state: str) -> None:
    place = _serving(OFF, OFF)
    place.run(state)

    assert place.decide().verdict == "already_off"


@pytest.mark.parametrize("state", IN_PROGRESS)
@pytest.mark.parametrize("served", [ON, OFF])
def test_the_deployment_of_this_execution_is_taken_up(state: str, served: str) -> None:
    place = _serving(served, OFF)
    place.run(state, by=mark("run-1", base=3))

    decision = place.decide()

    assert decision.verdict == "roll_back"
    assert decision.own == {"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8}


def test_the_deployment_of_another_execution_is_waited_for() -> None:
    place = _serving(ON, OFF)
    place.run("DEPLOYING", by=mark("run-2", base=3), ends=timedelta())

    decision = place.decide()

    assert (decision.verdict, decision.own) == ("wait", None)


@pytest.mark.parametrize("state", IN_PROGRESS)
@pytest.mark.parametrize("ends", [SOON, NOT_SOON, None])
@pytest.mark.parametrize("mode", ["auto", "notify"])
def test_another_executions_rollback_of_another_flag_is_never_stopped(
    state: str, ends: timedelta | None, mode: str
) -> None:
    place = _serving(ON, flags("a", off="b"))
    place.run(state, by=mark("run-2", base=3, flag="b"), ends=ends)

    assert place.decide(mode=mode).verdict == ("wait" if mode == "auto" else "dry_run")


@pytest.mark.parametrize("state", IN_PROGRESS)
def test_another_profiles_deployment_is_never_touched_by_default(state: str) -> None:
    place = Place()
    place.run(state, ours=False)

    decision = place.decide()

    assert (decision.verdict, decision.in_the_way) == ("wait", None)
    assert decision.because == (
        f"deployment 8 of profile 'limits' ({state}), which should end at 2026-03-02T17:35:00.989Z"
    )


def test_a_deployment_of_which_no_end_is_known_is_named_without_one() -> None:
    place = Place()
    place.run("DEPLOYING", ours=False, ends=None)

    assert place.decide().because == "deployment 8 of profile 'limits' (DEPLOYING)"


def test_another_profiles_deployment_is_stopped_where_the_stack_says_so() -> None:
    place = Place()
    place.run("DEPLOYING", "s3-version-abc", ours=False)

    decision = place.decide(stop_others=True)

    assert decision.verdict == "stop_rollout"
    assert decision.in_the_way == {
        "number": 8,
        "version": None,
        "profileName": "limits",
        "ours": False,
    }


@pytest.mark.parametrize("stop_others", [False, True])
@pytest.mark.parametrize("served", [OFF, ABSENT], ids=["off", "absent"])
def test_another_profiles_deployment_is_in_nobodys_way_where_nothing_is_to_be_done(
    served: str, *, stop_others: bool
) -> None:
    place = Place({3: served})
    place.run("DEPLOYING", ours=False)

    if served == OFF:
        assert place.decide(stop_others=stop_others).verdict == "already_off"
    else:
        with pytest.raises(FlagNotFoundError):
            place.decide(stop_others=stop_others)


def test_a_flag_that_only_a_harmless_rollout_knows_is_not_found() -> None:
    place = _serving(ABSENT, OFF)
    place.run("DEPLOYING")

    with pytest.raises(FlagNotFoundError, match="'a'"):
        place.decide()


@pytest.mark.parametrize("served", [ON, OFF, ABSENT], ids=["on", "off", "absent"])
def test_a_dry_run_only_says_that_a_rollout_would_be_stopped(served: str) -> None:
    place = _serving(served, ON)
    place.run("DEPLOYING")

    decision = place.decide(mode="notify")

    assert (decision.verdict, decision.in_the_way) == ("dry_run", None)
    assert decision.because.startswith("deployment 8 of profile 'flags' (DEPLOYING)")
    assert decision.because.endswith("would be stopped")


def test_a_dry_run_minds_no_rollout_that_turns_the_flag_off() -> None:
    place = _serving(ON, OFF)
    place.run("DEPLOYING")

    assert place.decide(mode="notify").because == "the stack is set to tell, and to do nothing"


@pytest.mark.parametrize("served", [OFF, ABSENT], ids=["off", "absent"])
def test_a_stopped_rollout_is_the_outcome_where_the_flag_is_off_without_it(served: str) -> None:
    place = _serving(served, ON)

    decision = place.decide(stopped=[{**STOPPED, "number": 7}, STOPPED, OTHERS])

    assert decision.verdict == "rollout_stopped"
    assert decision.in_the_way == {
        "number": STOPPED["number"],
        "version": STOPPED["version"],
        "profileName": "flags",
        "ours": True,
    }


def test_a_rollout_that_is_being_undone_is_waited_for_after_it_was_stopped() -> None:
    place = _serving(OFF, ON)
    place.run("ROLLING_BACK")

    assert place.decide(stopped=[STOPPED]).verdict == "wait"


def test_a_flag_that_is_on_without_the_stopped_rollout_is_turned_off() -> None:
    place = _serving(ON, ON)

    assert place.decide(stopped=[STOPPED]).verdict == "roll_back"


@pytest.mark.parametrize(
    "stopped",
    [
        pytest.param([{**STOPPED, "ours": False}], id="another profile's was stopped"),
        pytest.param([{**STOPPED, "number": 6}], id="somebody released something since"),
        pytest.param([{**STOPPED, "number": 7}], id="it had completed before it could be stopped"),
    ],
)
def test_a_stopped_rollout_is_not_the_outcome_where_something_else_is(
    stopped: Sequence[StoppedDeployment],
) -> None:
    assert Place({3: OFF}).decide(stopped=stopped).verdict == "already_off"
    with pytest.raises(FlagNotFoundError):
        Place({3: ABSENT}).decide(stopped=stopped)
