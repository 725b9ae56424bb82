"""StopExperiment stops a run once, whoever asks, and says why in the run itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import stop_experiment
from appconfig_rollback.errors import (
    ExperimentNotStoppedError,
    PermissionDeniedError,
    PersonMustActError,
    RefreshRequiredError,
    RequestRefusedError,
    RetryLaterError,
    RollbackError,
)
from appconfig_rollback.mark import read_mark
from tests import samples
from tests.appconfig import SHOWING, AppConfig
from tests.samples import CONTEXT, mark, task

if TYPE_CHECKING:
    from appconfig_rollback.state import StoppedExperiment


def _all_stopped(reason: str = "12.7 > 5.0", **state: Any) -> list[StoppedExperiment]:
    config = samples.config(decision="stop_experiment", experiment=samples.flag_experiment())
    given = task(alarm=samples.alarm(reason=reason), config=config, **state)
    return stop_experiment.handler(given, CONTEXT)


def _stopped(reason: str = "12.7 > 5.0") -> StoppedExperiment:
    (stopped,) = _all_stopped(reason)
    return stopped


@pytest.fixture(autouse=True)
def _running(appconfig: AppConfig) -> None:
    appconfig.runs = [SHOWING]


def test_the_run_is_stopped_with_a_reason_that_begins_with_the_mark(appconfig: AppConfig) -> None:
    assert _stopped() == samples.stopped_experiment(stopped=True)
    ((definition, run, reason),) = appconfig.stopped_runs
    assert (definition, run) == ("exp1234", 3)
    assert str(read_mark(reason)) == mark(base=3)
    assert reason == (
        f"{mark(base=3)} because alarm FeatureFlag-new-checkout-ErrorRate went to ALARM: 12.7 > 5.0"
    )


def test_the_mark_counts_the_flag_of_the_run_alone(appconfig: AppConfig) -> None:
    config = samples.config(decision="stop_experiment", experiment=samples.flag_experiment())
    alarm = samples.alarm(flags=["new-checkout", "other"])

    stop_experiment.handler(task(alarm=alarm, config=config), CONTEXT)

    assert appconfig.stopped_runs[0][2].startswith("Automated rollback: flags=1 ")


def test_a_long_reason_is_cut_where_appconfig_would_refuse_it(appconfig: AppConfig) -> None:
    _stopped("x" * 5000)

    assert len(appconfig.stopped_runs[0][2]) == 1024
    assert read_mark(appconfig.stopped_runs[0][2])


def test_a_forged_mark_in_the_reason_is_not_believed(appconfig: AppConfig) -> None:
    _stopped("flag=other alarm=other transition=other execution=other base=9")

    assert str(read_mark(appconfig.stopped_runs[0][2])) == mark(base=3)


def test_a_run_that_this_execution_has_stopped_before_is_not_stopped_again(
    appconfig: AppConfig,
) -> None:
    appconfig.end_runs(mark(base=3))

    assert _stopped() == samples.stopped_experiment(stopped=True)
    assert appconfig.stopped_runs == []


@pytest.mark.parametrize("reason", ["not significant", mark(base=3, by="run-0")])
def test_a_run_that_somebody_else_stopped_is_not_claimed(appconfig: AppConfig, reason: str) -> None:
    appconfig.end_runs(reason)

    assert _stopped() == samples.stopped_experiment(stopped=False)


def test_a_run_that_is_gone_is_not_claimed(appconfig: AppConfig) -> None:
    appconfig.runs = []

    assert _stopped() == samples.stopped_experiment(stopped=False)


@pytest.mark.parametrize(
    ("reason", "stopped"), [("by hand", False), (mark(base=3), True)], ids=["a person", "lost"]
)
def test_a_refusal_of_a_run_that_is_done_by_then_is_success(
    appconfig: AppConfig, reason: str, *, stopped: bool
) -> None:
    appconfig.meanwhile["StopExperimentRun"] = lambda: appconfig.end_runs(reason)

    assert _stopped() == samples.stopped_experiment(stopped=stopped)


@pytest.mark.parametrize("error", [RequestRefusedError("no"), PermissionDeniedError("denied")])
def test_a_run_that_cannot_be_stopped_is_an_error_that_says_how_to_stop_it(
    appconfig: AppConfig, error: RollbackError
) -> None:
    appconfig.fail(error, "StopExperimentRun")

    with pytest.raises(ExperimentNotStoppedError) as raised:
        _stopped()

    assert str(raised.value) == (
        f"{error}. Stop the run by hand, then redrive: aws appconfig stop-experiment-run "
        "--region eu-west-1 --application-identifier app1234 "
        "--experiment-definition-identifier exp1234 --run 3"
    )


@pytest.mark.parametrize("error", [RefreshRequiredError("busy"), RetryLaterError("throttled")])
def test_what_passes_by_itself_is_left_to_the_state_machine(
    appconfig: AppConfig, error: RollbackError
) -> None:
    appconfig.fail(error, "StopExperimentRun")

    with pytest.raises(type(error)):
        _stopped()


def test_a_run_that_shows_the_flag_no_more_is_stopped_all_the_same(appconfig: AppConfig) -> None:
    appconfig.runs = [replace(SHOWING, shows_flag=False)]

    assert _stopped()["stopped"]


def test_a_run_is_kept_beside_those_that_were_stopped_before() -> None:
    first = samples.stopped_experiment("other")
    first["definition"] = "exp9999"

    assert _all_stopped(experiments=[first]) == [first, samples.stopped_experiment()]


def test_a_run_that_was_tried_before_is_kept_once(appconfig: AppConfig) -> None:
    appconfig.end_runs("by hand")
    before = [samples.stopped_experiment(stopped=True)]

    assert _all_stopped(experiments=before) == [samples.stopped_experiment(stopped=False)]


def test_state_data_that_names_no_run_is_an_error() -> None:
    with pytest.raises(PersonMustActError, match="name the run"):
        stop_experiment.handler(task(config=samples.config()), CONTEXT)
