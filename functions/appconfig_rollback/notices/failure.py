"""That a rollback failed: whether users may still get the flag comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appconfig_rollback.console import console_url
from appconfig_rollback.errors import ExperimentLeftRunningError, StartAnewError
from appconfig_rollback.notices.sns import Notice, in_all_forms
from appconfig_rollback.notices.wording import stopped_deployment, stopped_numbers
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.restarting import redrive_command, start_command
from appconfig_rollback.state import Monitor, StoppedDeployment
from appconfig_rollback.target import Target
from appconfig_rollback.times import iso

_CAUSE_LIMIT = 1000


@dataclass(frozen=True)
class FailedRun:
    """What is known of an attempt that failed.

    `cause` is readable text; `flag` and `alarm_name` are None where the input did not tell;
    `flag_state` is `on`, `off` or `unknown`, as served right now. `missing_monitors` were taken off
    the environment and are not back; `restore_command` puts them back. `experiment` says which run
    of an experiment shows the flag, and `stop_command` stops it. `stopped` are the
    deployments that this run has stopped, or undone.
    """

    execution_arn: str
    error: str
    cause: str
    failed_state: str | None
    attempts: int
    flag: str | None
    alarm_name: str | None
    flag_state: str
    missing_monitors: Sequence[Monitor] = ()
    restore_command: str | None = None
    stopped: Sequence[StoppedDeployment] = ()
    experiment: str | None = None
    stop_command: str | None = None


def failure_notice(run: FailedRun, target: Target, now: datetime) -> Notice:
    """Tell that a rollback failed, and what to do: whether the flag is still on comes first."""
    console = console_url(run.execution_arn)
    redrive = redrive_command(run.execution_arn)
    cause = shortened(run.cause, _CAUSE_LIMIT)
    document = {
        "action": "rollback_failed",
        "error": run.error,
        "cause": cause,
        "failedState": run.failed_state,
        "attempts": run.attempts,
        "flagName": run.flag,
        "alarmName": run.alarm_name,
        "flagState": run.flag_state,
        "executionArn": run.execution_arn,
        "consoleUrl": console,
        "redriveCommand": redrive,
        "missingMonitors": [monitor["AlarmArn"] for monitor in run.missing_monitors],
        "restoreCommand": run.restore_command,
        **stopped_numbers(run.stopped),
        "experiment": run.experiment,
        "stopExperimentCommand": run.stop_command,
        "timestamp": iso(now),
    }
    name = f'Flag "{run.flag}"' if run.flag else "A flag"
    title = {
        "on": f"{name} is still ON: its rollback failed",
        "off": f"{name} is OFF, but its rollback did not end well",
    }.get(run.flag_state, f"{name} may still be ON: its rollback failed")
    step = run.failed_state or "an unknown step"
    tries = f"{run.attempts} attempt{'' if run.attempts == 1 else 's'}"
    sections = {
        "What": f"Step {step} failed after {tries}: {run.error}",
        "Cause": cause or "none was given",
        "Where": f"{target}; alarm {run.alarm_name or 'unknown'}",
        "Look at": console,
    }
    next_steps = [] if run.error == StartAnewError.__name__ else ["Fix the cause."]
    if run.missing_monitors:
        arns = ", ".join(monitor["AlarmArn"] for monitor in run.missing_monitors)
        sections["Monitors"] = f"These are still off the environment: {arns}"
        next_steps.append(f"Put the monitors back, unless a redrive does: {run.restore_command}")
    if run.stopped:
        sections["Stopped"] = " ".join(stopped_deployment(each, target) for each in run.stopped)
    if run.experiment:
        sections["Experiment"] = f"The flag is shown to users by {run.experiment}"
        left = run.error == ExperimentLeftRunningError.__name__
        when = "Stop the experiment" if left else "If a redrive does not stop the experiment, do"
        next_steps.append(f"{when}: {run.stop_command}")
    if run.flag_state != "off":
        next_steps.insert(0, "If the flag does harm now, turn it off by hand in AppConfig.")
    if run.error == StartAnewError.__name__:
        anew = start_command(run.execution_arn)
        next_steps.append(f"Start a new execution, a redrive does not help: {anew}")
    else:
        next_steps.append(f"Redrive the execution, in the console or with: {redrive}")
    return in_all_forms(
        title,
        document,
        sections,
        next_steps,
        attributes={"outcome": "rollback_failed", "flagName": run.flag or "unknown"},
    )
