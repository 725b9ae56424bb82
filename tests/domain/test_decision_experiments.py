"""A decision says "off" only where no experiment, and nothing of AppConfig's own, has it on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.deployments import Completed
from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    NotConfirmedOffError,
    PermissionDeniedError,
)
from appconfig_rollback.experiments import ExperimentRun, reason_to_stop
from appconfig_rollback.mark import Mark
from appconfig_rollback.times import iso
from tests.domain.looks import EXECUTION, FIRED, NOW, STOPPED, Place, alarm, flags, mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appconfig_rollback.state import Experiment, StoppedDeployment

ON, OFF = flags("a", "b"), flags("b", off="a")
SHOWING = ExperimentRun("exp1234", "test", 3, running=True, shows_flag=True)
RUN: Experiment = {"definition": "exp1234", "name": "test", "run": 3}
MINUTE = timedelta(seconds=60)


def _off(*runs: ExperimentRun) -> Place:
    return Place({3: OFF}, runs=list(runs))


def _done(execution: str, fired: str = iso(FIRED)) -> ExperimentRun:
    written = Mark.of({**alarm(), "transitionedAt": fired}, {**EXECUTION, "Name": execution}, 3)
    reason = reason_to_stop(written, "FeatureFlag-a-ErrorRate", "12.7 > 5.0")
    return replace(SHOWING, running=False, verdict=reason)


def _swept_off() -> Place:
    """Flag a went off together with flag b, by another execution."""
    place = Place({3: ON, 4: flags(off="ab")}, runs=[SHOWING])
    place.complete(8, 4, by=mark("run-2", 3, flag="b"))
    return place


def _rolled_back() -> Place:
    """This execution's own deployment turned the flag off."""
    place = Place({3: ON, 4: OFF}, runs=[SHOWING])
    place.complete(8, 4, by=mark("run-1", 3))
    return place


@pytest.mark.parametrize(
    ("place", "stopped", "verdict"),
    [
        pytest.param(_off(SHOWING), (), "already_off", id="already off"),
        pytest.param(_off(SHOWING), [STOPPED], "rollout_stopped", id="rollout stopped"),
        pytest.param(_swept_off(), (), "coalesced", id="coalesced"),
        pytest.param(_rolled_back(), (), "roll_back", id="rolled back"),
    ],
)
def test_whatever_says_off_stops_a_run_that_shows_the_flag_first(
    place: Place, stopped: Sequence[StoppedDeployment], verdict: str
) -> None:
    decision = place.decide(stopped=stopped)

    assert (decision.verdict, decision.experiment) == ("stop_experiment", RUN)
    assert decision.because == "run 3 of experiment 'test' (exp1234) to be DONE"
    place.runs = []
    assert place.decide(stopped=stopped).verdict == verdict


def test_a_flag_that_is_on_in_what_is_served_goes_off_there_first() -> None:
    assert Place(runs=[SHOWING]).decide().verdict == "roll_back"


def test_a_run_that_shows_the_flag_to_nobody_is_left_alone() -> None:
    assert _off(replace(SHOWING, shows_flag=False)).decide().verdict == "already_off"


def test_the_outcome_is_that_the_experiment_was_stopped_where_that_was_the_whole_job() -> None:
    decision = _off().decide(ended=RUN)

    assert (decision.verdict, decision.experiment) == ("experiment_stopped", RUN)


def test_another_outcome_stays_what_it_was_and_names_the_stopped_run() -> None:
    place = _swept_off()
    place.runs = []

    decision = place.decide(ended=RUN)

    assert (decision.verdict, decision.experiment) == ("coalesced", RUN)


def test_an_execution_that_forgot_recognises_the_run_that_it_stopped() -> None:
    decision = _off(_done("run-1")).decide()

    assert (decision.verdict, decision.experiment) == ("experiment_stopped", RUN)
    place = _rolled_back()
    place.runs = [_done("run-1")]
    assert place.decide().experiment == RUN


def test_a_second_delivery_of_the_alarm_whose_execution_stopped_the_run_is_a_duplicate() -> None:
    decision = _off(_done("run-0")).decide()

    assert decision.verdict == "duplicate"
    assert decision.because == "execution run-0 answers the same transition"


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(_done("run-0", iso(FIRED - MINUTE)), id="another transition"),
        pytest.param(replace(_done("run-0"), verdict="not significant"), id="a person"),
    ],
)
def test_a_run_that_was_stopped_for_another_reason_makes_no_duplicate(run: ExperimentRun) -> None:
    assert _off(run).decide().verdict == "already_off"


def test_no_run_that_another_execution_stopped_takes_an_own_rollback_away() -> None:
    place = _rolled_back()
    place.runs = [_done("run-0")]

    assert (place.decide().verdict, place.decide().experiment) == ("roll_back", None)


@pytest.mark.parametrize("mode", ["auto", "notify"])
@pytest.mark.parametrize("policy", ["", ', "metadata": {"rollback": "notify"}'])
@pytest.mark.parametrize("switch", ["true", "false"])
def test_who_only_wants_to_be_told_is_told_that_the_run_would_be_stopped(
    mode: str, policy: str, switch: str
) -> None:
    if mode == "auto" and not policy:
        return
    place = Place({3: flags(a=f'{{"enabled": {switch}{policy}}}')}, runs=[SHOWING])

    decision = place.decide(mode=mode)

    assert decision.verdict == "dry_run"
    assert "run 3 of experiment 'test' (exp1234) shows" in decision.because
    assert "would be stopped" in decision.because


def test_a_stack_that_only_tells_and_leaves_experiments_alone_says_so() -> None:
    decision = _off(SHOWING).decide(mode="notify", stop_experiments=False)

    assert decision.verdict == "dry_run"
    assert decision.because.endswith("shows it; it would be left alone")


def test_a_flag_that_opted_out_keeps_its_experiment() -> None:
    place = Place({3: flags(a='{"enabled": false, "metadata": {"rollback": "off"}}')})
    place.runs = [SHOWING]

    assert place.decide().verdict == "opted_out"


def test_a_stack_that_leaves_experiments_alone_is_red_and_names_the_run() -> None:
    with pytest.raises(ExperimentLeftRunningError, match=r"run 3 of experiment 'test' \(exp1234\)"):
        _off(SHOWING).decide(stop_experiments=False)

    assert Place(runs=[SHOWING]).decide(stop_experiments=False).verdict == "roll_back"


class _Unreadable:
    def running(self, *_: object) -> list[ExperimentRun]:
        raise PermissionDeniedError("appconfig:ListExperimentDefinitions")

    ended = running


def test_experiments_that_cannot_be_read_hinder_nothing_but_the_word_off() -> None:
    assert Place().decide(experiments=_Unreadable()).verdict == "roll_back"
    assert "cannot be told" in Place().decide(experiments=_Unreadable(), mode="notify").because
    with pytest.raises(PermissionDeniedError):
        _off().decide(experiments=_Unreadable())


def test_a_later_deployment_of_appconfigs_own_with_the_flag_on_is_not_off() -> None:
    place = Place({3: OFF, 2: ON}, managed=[Completed(8, 2, NOW)])

    with pytest.raises(NotConfirmedOffError, match=r"deployment 8, AppConfig's own.*version 2"):
        place.decide()


@pytest.mark.parametrize("version", [3, 4, None])
def test_a_later_deployment_of_appconfigs_own_without_the_flag_on_does_no_harm(
    version: int | None,
) -> None:
    place = Place({3: OFF, 4: OFF})
    place.complete(8, version or "what AppConfig puts there", managed=True)

    assert place.decide().verdict == "already_off"


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("stop_others", [True, False])
def test_a_deployment_of_appconfigs_own_in_progress_is_waited_for_and_never_stopped(
    *, ours: bool, stop_others: bool
) -> None:
    place = Place({3: ON, 4: ON})
    place.run("DEPLOYING", 4, ours=ours, managed=True, began=2 * MINUTE)

    decision = place.decide(stop_others=stop_others, alarm=alarm(fired=NOW - 2 * MINUTE))

    assert decision.verdict == "wait"
    assert decision.because.startswith("deployment 8 of profile")


@pytest.mark.parametrize(
    ("began", "fired", "verdict"),
    [
        (0.9 * MINUTE, 5 * MINUTE, "wait"),
        (5 * MINUTE, 0.9 * MINUTE, "wait"),
        (1.1 * MINUTE, 1.1 * MINUTE, "stop_experiment"),
    ],
)
def test_the_experiment_is_stopped_first_once_that_has_been_waited_for_a_minute(
    began: timedelta, fired: timedelta, verdict: str
) -> None:
    place = Place({3: ON, 4: ON}, runs=[SHOWING])
    place.run("DEPLOYING", 4, managed=True, began=began)

    assert place.decide(alarm=alarm(fired=NOW - fired)).verdict == verdict


def test_a_deployment_of_appconfigs_own_that_turns_the_flag_on_is_waited_for() -> None:
    place = Place({3: OFF, 4: ON})
    place.run("DEPLOYING", 4, managed=True)

    assert place.decide().verdict == "wait"
    place.runs = [SHOWING]
    assert place.decide().verdict == "stop_experiment"
    assert place.decide(stop_experiments=False).verdict == "wait"


@pytest.mark.parametrize("version", [4, "experiment-3"])
@pytest.mark.parametrize("mode", ["auto", "notify"])
def test_off_is_not_said_while_appconfig_makes_a_deployment_of_its_own(
    version: int | str, mode: str
) -> None:
    place = Place({3: OFF, 4: OFF})
    place.run("DEPLOYING", version, managed=True)

    assert place.decide(mode=mode).verdict == "wait"
    assert place.decide(mode=mode, ended=RUN).verdict == "wait"


def test_another_profiles_deployment_of_appconfigs_own_hinders_no_word() -> None:
    place = Place({3: OFF})
    place.run("DEPLOYING", 4, managed=True, ours=False)

    assert place.decide().verdict == "already_off"


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("over", [True, False])
def test_a_duplicate_goes_on_where_the_other_one_ended_before_users_lost_the_flag(
    *, shown: bool, over: bool
) -> None:
    place = Place(
        {3: ON, 4: OFF}, runs=[SHOWING] if shown else [], ended={"run-0"} if over else set()
    )
    place.complete(8, 4, by=mark("run-0", 3))

    verdict = place.decide().verdict

    assert verdict == ("stop_experiment" if shown and over else "duplicate")


def test_a_duplicate_is_no_way_around_a_deployment_of_appconfigs_own() -> None:
    place = Place({3: ON, 4: OFF}, ended={"run-0"})
    place.complete(8, 4, by=mark("run-0", 3))
    place.complete(9, 3, managed=True)

    with pytest.raises(NotConfirmedOffError):
        place.decide()


@pytest.mark.parametrize("mode", ["auto", "notify"])
def test_a_rollback_of_another_flag_that_brings_this_one_on_is_waited_for(mode: str) -> None:
    place = Place({3: flags("b", off="a"), 5: flags("a", off="b")})
    place.run("DEPLOYING", 5, by=mark("run-9", 4, flag="b"))

    assert place.decide(stopped=[{**STOPPED, "reverted": True}], mode=mode).verdict == "wait"


@pytest.mark.parametrize(
    ("stop_others", "verdict"), [(True, "stop_rollout"), (False, "stop_experiment")]
)
def test_what_is_in_the_way_of_stopping_a_run_is_stopped_or_named(
    verdict: str, *, stop_others: bool
) -> None:
    place = _off(SHOWING)
    place.run("DEPLOYING", 2, ours=False)

    decision = place.decide(stop_others=stop_others)

    assert decision.verdict == verdict
    assert "deployment 8" in decision.because


def test_who_only_wants_to_be_told_hears_of_the_experiment_beside_a_rollout() -> None:
    place = Place({3: OFF, 4: ON}, runs=[SHOWING])
    place.run("DEPLOYING", 4)

    assert "run 3 of experiment 'test'" in place.decide(mode="notify").because


def test_a_rollout_that_names_a_version_by_its_label_is_looked_into() -> None:
    place = Place({3: OFF, 4: ON}, labels={"release-4.1": 4})
    place.run("DEPLOYING", "release-4.1")

    assert place.decide().verdict == "stop_rollout"
