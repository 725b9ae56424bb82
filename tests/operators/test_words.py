"""How an execution is told that met an experiment: in the terminal, in JSON, and on the page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.console import Console

from flag_rollback.commands.executions import table
from flag_rollback.execution import words
from flag_rollback.execution.document import document
from flag_rollback.execution.finding import Execution
from flag_rollback.execution.machine import Machine, State
from flag_rollback.execution.report import Failure, Report, stopped_experiment
from flag_rollback.execution.terminal import summary
from flag_rollback.execution.visits import Visit
from flag_rollback.execution.words import Step
from flag_rollback.flags.served import Standing
from flag_rollback.picture import page
from tests import samples
from tests.appconfig import SHOWING

if TYPE_CHECKING:
    from appconfig_rollback.state import Experiment

NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
NOTED = samples.experiment()
ARN = "arn:aws:states:eu-west-1:123456789012:execution:rollback:run-1"
OFF = Standing("off", "version 3, which is served, has it off", "nothing", None, 3, 7)
ON = Standing("on", "version 3, which is served, has it on", "served", None, 3, 7)
SHOWN = Standing(
    "on", f"{SHOWING} shows it, whatever is deployed", "experiment", None, 3, 7, experiment=SHOWING
)
STOP = "aws appconfig stop-experiment-run --run 3"
RUN = "run 3 of experiment 'checkout-test' (exp1234)"
FAILURE = Failure("FetchConfig", "ExperimentLeftRunningError", "reason", "what it means", 1, "{}")


def _execution(output: dict[str, Any] | None = None, status: str = "SUCCEEDED") -> Execution:
    described = {
        "executionArn": ARN,
        "name": "run-1",
        "status": status,
        "startDate": NOW,
        "stopDate": NOW,
        **({"output": json.dumps(output)} if output else {}),
    }
    return Execution(cast("Any", described), "new-checkout", "an-alarm")


def _report(outcome: str = "", standing: Standing = OFF, **more: Any) -> Report:
    failed = more.get("failure") is not None
    output = {"outcome": outcome} if outcome else None
    return replace(
        Report(
            execution=_execution(output, "FAILED" if failed else "SUCCEEDED"),
            visits=[],
            machine=Machine("Begin", (State("Begin", "Pass", ""),), ()),
            reason="",
            failure=None,
            change=None,
            standing=standing,
            stopped_experiment=None,
            redrive_command="flag-rollback redrive run-1",
            restore_command=None,
            stop_command=STOP if standing.experiment else None,
            read_at=NOW,
        ),
        **more,
    )


def _shown(report: Report) -> str:
    """The summary as a wide terminal has it."""
    out = StringIO()
    Console(file=out, width=200).print(summary(report))
    return out.getvalue()


@pytest.mark.parametrize(
    ("outcome", "stopped", "headline"),
    [
        ("experiment_stopped", NOTED, "new-checkout is off: its experiment was stopped"),
        ("rolled_back", NOTED, "new-checkout was turned off, and its experiment was stopped"),
        ("rolled_back", None, "new-checkout was turned off"),
    ],
)
def test_an_experiment_that_was_stopped_is_in_the_headline(
    outcome: str, stopped: Experiment | None, headline: str
) -> None:
    report = _report(outcome, stopped_experiment=stopped)

    assert words.headline(report) == headline
    assert document(report)["told"]["headline"] == headline
    assert f"<title>{headline}: new-checkout</title>" in page.of(report)


def test_the_run_that_was_stopped_is_named_and_that_nothing_starts_it_again() -> None:
    report = _report("rolled_back", stopped_experiment=NOTED)
    stopped = f"R{RUN[1:]}, which showed the flag to users whatever was deployed, was stopped"
    again = f"Nothing starts {RUN} again; start a new run once the cause is fixed."

    shown, told = _shown(report), document(report)["told"]

    assert stopped in shown
    assert again in shown
    assert told["experiment"] == stopped
    assert told["steps"] == [{"text": again, "command": None}]
    assert document(report)["stoppedExperiment"] == NOTED


@pytest.mark.parametrize(
    ("status", "output", "left_behind", "found"),
    [
        ("SUCCEEDED", {"outcome": "rolled_back", "stoppedExperiment": NOTED}, {}, NOTED),
        ("FAILED", None, {"experiment": {**NOTED, "stopped": True}}, NOTED),
        ("FAILED", None, {"experiment": {**NOTED, "stopped": False}}, None),
        ("SUCCEEDED", {"outcome": "rolled_back", "stoppedExperiment": "?"}, {}, None),
        ("SUCCEEDED", {"outcome": "rolled_back", "stoppedExperiment": {"run": 3}}, {}, None),
        ("SUCCEEDED", {"outcome": "rolled_back"}, {"experiment": {**NOTED, "stopped": True}}, None),
    ],
)
def test_what_was_stopped_is_in_the_output_or_else_in_what_the_states_left_behind(
    status: str, output: dict[str, Any] | None, left_behind: object, found: Experiment | None
) -> None:
    states = [left_behind, {}]
    visits = [Visit("Any", "Task", 0, NOW, output=json.dumps(state)) for state in states]

    assert stopped_experiment(_execution(output, status), visits) == found


def test_a_run_that_stopped_nothing_says_nothing_of_experiments() -> None:
    report = _report("rolled_back", restore_command="flag-rollback restore new-checkout")

    assert words.experiment(report) is None
    assert "experiment" not in _shown(report)
    assert words.next_steps(report) == [
        Step(
            "When the cause is fixed, turn the flag on again with:",
            "flag-rollback restore new-checkout",
        )
    ]


def test_a_failure_while_an_experiment_shows_the_flag_says_how_to_stop_it_first() -> None:
    report = _report(standing=SHOWN, failure=FAILURE)

    stop, again = words.next_steps(report)

    assert stop == Step("To stop the experiment that shows new-checkout to users, run:", STOP)
    assert again == Step("Fix the cause, then run:", "flag-rollback redrive run-1")
    assert "by hand in AppConfig" not in _shown(report)
    lines = _shown(report).splitlines()
    assert lines.index(f"  {STOP}") < lines.index("  flag-rollback redrive run-1")
    assert document(report)["flagNow"]["experiment"] == NOTED
    assert document(report)["stopExperimentCommand"] == STOP


def test_where_it_is_on_in_what_is_served_as_well_that_goes_off_first() -> None:
    report = _report(standing=replace(ON, experiment=SHOWING), failure=FAILURE)

    assert [step.text for step in words.next_steps(report)] == [
        "If the flag does harm now, turn it off by hand in AppConfig.",
        "To stop the experiment that shows new-checkout to users, run:",
        "Fix the cause, then run:",
    ]


def test_a_flag_that_is_on_as_it_should_be_calls_for_no_stop() -> None:
    assert words.next_steps(_report("ignored", replace(ON, experiment=SHOWING))) == []


def test_a_dry_run_of_a_flag_that_an_experiment_shows_says_how_to_stop_it() -> None:
    (step,) = words.next_steps(_report("dry_run", SHOWN))

    assert step.command == STOP


def test_while_it_runs_there_is_nothing_to_do() -> None:
    report = _report(standing=SHOWN)
    running = replace(report, execution=_execution(status="RUNNING"))

    assert words.next_steps(running) == []


def test_the_table_of_executions_has_outcomes_in_words() -> None:
    out = StringIO()
    outcomes = [{"outcome": "experiment_stopped"}, {"outcome": "rolled_back"}, None]
    Console(file=out, width=200).print(table(_execution(outcome) for outcome in outcomes))

    assert "new-checkout  experiment stopped  an-alarm" in out.getvalue()
    assert "new-checkout  rolled back" in out.getvalue()
    assert "new-checkout  SUCCEEDED" in out.getvalue()
