"""How an execution is told: in the terminal, in JSON, and on the page."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any, get_args

import pytest
from rich.console import Console

from appconfig_rollback.notices.failure import NOT_SERVED
from appconfig_rollback.state import Outcome
from flag_rollback.execution import words
from flag_rollback.execution.document import document
from flag_rollback.execution.report import Report, stopped_experiments
from flag_rollback.execution.table import table
from flag_rollback.execution.terminal import summary
from flag_rollback.execution.visits import Visit
from flag_rollback.execution.words import Step
from tests import samples
from tests.appconfig import SHOWING
from tests.domain.test_whole_notices import NOTICES
from tests.operators.reports import FAILURE, NOTED, NOW, OFF, ON, SHOWN, STOP, UNKNOWN, execution
from tests.operators.reports import report as report_of

if TYPE_CHECKING:
    from appconfig_rollback.state import Experiment
    from flag_rollback.flags.served import Standing

OTHER = samples.experiment(name="search-test", run=1)
RUN = "run 3 of experiment 'checkout-test' (exp1234)"


def _shown(report: Report) -> str:
    """The summary as a wide terminal has it."""
    out = StringIO()
    Console(file=out, width=200).print(summary(report))
    return out.getvalue()


@pytest.mark.parametrize(
    ("outcome", "stopped", "mechanism"),
    [
        ("experiment_stopped", [NOTED], "new-checkout was turned off: an experiment was stopped"),
        ("rolled_back", [NOTED], "new-checkout was turned off, and its experiment was stopped"),
        ("rolled_back", [], "new-checkout was turned off"),
    ],
)
def test_an_experiment_that_was_stopped_is_said_of_what_was_done(
    outcome: str, stopped: list[Experiment], mechanism: str
) -> None:
    report = report_of(outcome, stopped_experiments=stopped)

    assert words.mechanism(report) == mechanism
    assert document(report)["told"]["mechanism"] == mechanism


def test_the_run_that_was_stopped_is_named_and_that_nothing_starts_it_again() -> None:
    report = report_of("rolled_back", stopped_experiments=[NOTED])
    stopped = f"R{RUN[1:]}, which showed the flag to users whatever was deployed, was stopped"
    again = f"Nothing starts {RUN} again; start a new run once the cause is fixed."

    shown, told = _shown(report), document(report)["told"]

    assert stopped in shown
    assert again in shown
    assert told["experiments"] == [stopped]
    assert told["steps"] == [{"text": again, "command": None}]
    assert document(report)["stoppedExperiments"] == [NOTED]


@pytest.mark.parametrize(
    ("status", "told", "left_behind", "found"),
    [
        ("SUCCEEDED", [NOTED], [], [NOTED]),
        ("FAILED", None, [{**NOTED, "stopped": True}], [NOTED]),
        ("FAILED", None, [{**NOTED, "stopped": False}], []),
        ("FAILED", None, "?", []),
        ("SUCCEEDED", ["?"], [], []),
        ("SUCCEEDED", [{"run": 3}], [], []),
        ("SUCCEEDED", [], [{**NOTED, "stopped": True}], [NOTED]),
        ("SUCCEEDED", [NOTED], [{**NOTED, "stopped": True}], [NOTED]),
        ("SUCCEEDED", [NOTED, OTHER], [], [NOTED, OTHER]),
    ],
)
def test_what_was_stopped_is_in_the_output_or_else_in_what_the_states_left_behind(
    status: str, told: list[Any] | None, left_behind: object, found: list[Experiment]
) -> None:
    results = [{"outcome": "rolled_back", "stoppedExperiment": run} for run in told or []]
    output = {"outcome": "rolled_back", "flags": results} if told is not None else None
    states = [{"experiments": left_behind}, {}]
    visits = [Visit("Any", "Task", 0, NOW, output=json.dumps(state)) for state in states]

    assert stopped_experiments(execution(output, status), visits) == found


def test_a_run_that_stopped_nothing_says_nothing_of_experiments() -> None:
    report = report_of("rolled_back", restore_command="flag-rollback restore new-checkout")

    assert words.experiments(report) == []
    assert "experiment" not in _shown(report)
    assert words.next_steps(report) == [
        Step(
            "When the cause is fixed, turn the flag on again with:",
            "flag-rollback restore new-checkout",
        )
    ]


def test_a_failure_while_an_experiment_shows_the_flag_says_how_to_stop_it_first() -> None:
    report = report_of("", SHOWN, failure=FAILURE)

    stop, again = words.next_steps(report)

    assert stop == Step("To stop the experiment that shows new-checkout to users, run:", STOP)
    assert again == Step("Fix the cause, then run:", "flag-rollback redrive run-1")
    assert "flag-rollback off" not in _shown(report)
    lines = _shown(report).splitlines()
    assert lines.index(f"  {STOP}") < lines.index("  flag-rollback redrive run-1")
    assert document(report)["flagsNow"][0]["experiment"] == NOTED
    assert document(report)["stopExperimentCommands"] == {"new-checkout": STOP}


def test_where_it_is_on_in_what_is_served_as_well_that_goes_off_first() -> None:
    report = report_of("", replace(ON, experiment=SHOWING), failure=FAILURE)

    assert [step.text for step in words.next_steps(report)] == [
        "If the flag does harm now, turn it off by hand:",
        "To stop the experiment that shows new-checkout to users, run:",
        "Fix the cause, then run:",
    ]


def test_a_flag_that_was_held_back_is_never_called_off_and_can_be_turned_off_by_hand() -> None:
    report = report_of("held_back", ON)

    shown = _shown(report)
    assert "NOT turned off" in words.mechanism(report)
    assert "new-checkout is OFF" not in shown
    assert words.next_steps(report)[0].command == report.off_command
    assert f"{report.off_command}" in shown


def test_a_flag_that_is_on_as_it_should_be_calls_for_no_stop() -> None:
    (step,) = words.next_steps(report_of("ignored", replace(ON, experiment=SHOWING)))

    assert step.command == "flag-rollback doctor"


def test_a_dry_run_of_a_flag_that_an_experiment_shows_says_how_to_stop_it() -> None:
    (step,) = words.next_steps(report_of("dry_run", SHOWN))

    assert step.command == STOP


def test_while_it_runs_there_is_nothing_to_do_but_watch() -> None:
    report = report_of("", SHOWN)
    running = replace(report, execution=execution(status="RUNNING"))

    (step,) = words.next_steps(running)
    assert step.command == report.follow_command


@pytest.mark.parametrize("standing", [OFF, ON, UNKNOWN], ids=["off", "on", "unknown"])
@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_every_outcome_has_something_to_do_with_a_command(outcome: str, standing: Standing) -> None:
    assert any(step.command for step in words.next_steps(report_of(outcome, standing)))


@pytest.mark.parametrize(
    ("outcome", "stopped", "mechanism"),
    [
        ("rolled_back", [], "new-checkout and search-v2 were turned off"),
        (
            "rolled_back",
            [NOTED, OTHER],
            "new-checkout and search-v2 were turned off, and experiments were stopped",
        ),
        (
            "experiment_stopped",
            [NOTED, OTHER],
            "new-checkout and search-v2 were turned off: an experiment was stopped",
        ),
        ("already_off", [], "new-checkout and search-v2 were off already"),
    ],
)
def test_what_was_done_names_several_flags(
    outcome: str, stopped: list[Experiment], mechanism: str
) -> None:
    report = report_of(outcome, OFF, OFF, stopped_experiments=stopped)

    assert words.mechanism(report) == mechanism


def test_what_was_done_is_about_the_flags_to_which_it_happened() -> None:
    report = report_of("rolled_back", OFF, OFF)
    results = [
        {"flag": "new-checkout", "outcome": "already_off"},
        {"flag": "search-v2", "outcome": "rolled_back"},
    ]
    output = {"outcome": "rolled_back", "flags": results}
    told = replace(report, execution=execution(output, flags=("new-checkout", "search-v2")))

    assert words.mechanism(told) == "search-v2 was turned off"


def test_what_users_get_is_said_of_each_flag() -> None:
    report = report_of("", OFF, ON, failure=FAILURE)
    off, on = (words.standing("new-checkout", OFF), words.standing("search-v2", ON))

    assert off in _shown(report)
    assert on in _shown(report)
    assert document(report)["told"]["standings"] == [off, on]
    assert "flag-rollback off new-checkout" in _shown(report)


def test_each_experiment_that_shows_a_flag_is_stopped_by_a_command_of_its_own() -> None:
    steps = words.next_steps(report_of("", SHOWN, SHOWN, failure=FAILURE))

    assert [step.text for step in steps] == [
        "To stop the experiment that shows new-checkout to users, run:",
        "To stop the experiment that shows search-v2 to users, run:",
        "Fix the cause, then run:",
    ]


def test_the_table_names_all_flags_of_anexecution() -> None:
    out = StringIO()
    run = execution({"outcome": "rolled_back"}, flags=("new-checkout", "search-v2"))
    Console(file=out, width=200).print(table([run]))

    assert "new-checkout and search-v2 turned OFF in 0 ms" in out.getvalue()


def test_every_green_end_has_words_of_its_own() -> None:
    assert words._GREEN.keys() == set(get_args(Outcome))


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_where_a_notice_says_that_the_flag_is_still_on_it_can_be_turned_off(outcome: str) -> None:
    (step, *_) = words.next_steps(report_of(outcome, ON))

    if NOTICES[outcome]().messages["sms"].startswith("ON "):
        assert step.command == "flag-rollback off new-checkout"


def test_a_flag_that_was_off_already_and_is_on_now_can_be_turned_off() -> None:
    steps = words.next_steps(report_of("already_off", ON))

    assert [step.command for step in steps] == ["flag-rollback off new-checkout"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "The flag does not explain the alarm: look for another cause."),
        ("deployment 7 turned it off", "Watch the alarm: users may have had the flag as it fired."),
    ],
)
def test_a_flag_that_went_off_after_the_alarm_may_explain_it(reason: str, said: str) -> None:
    flags = [samples.flag_result(outcome="already_off", **({"reason": reason} if reason else {}))]
    output = {"outcome": "already_off", "flags": flags}
    report = replace(report_of("already_off", OFF), execution=execution(output))

    (step,) = words.next_steps(report)
    assert step.text.startswith(said)
    assert words.mechanism(report) == "new-checkout was off already" + (reason and f": {reason}")


def test_to_turn_off_a_flag_that_is_not_served_is_not_offered() -> None:
    failure = replace(FAILURE, error="FlagNotFoundError")
    steps = words.next_steps(report_of("", UNKNOWN, failure=failure))

    assert steps[0] == Step(NOT_SERVED)
    assert not any("flag-rollback off" in str(step.command) for step in steps)
