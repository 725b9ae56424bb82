"""That a rollback failed: whether users may still get the flag comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from appconfig_rollback.console import console_url
from appconfig_rollback.errors import ExperimentLeftRunningError, StartAnewError
from appconfig_rollback.notices.sns import Notice, in_all_forms
from appconfig_rollback.notices.wording import (
    flags_in_words,
    stopped_deployment,
    stopped_numbers,
)
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.restarting import redrive_command, start_command
from appconfig_rollback.state import Monitor, StoppedDeployment
from appconfig_rollback.target import Target
from appconfig_rollback.times import iso

_CAUSE_LIMIT = 1000

FlagState = Literal["on", "off", "unknown"]
_STATES: dict[FlagState, str] = {
    "on": "still ON",
    "off": "OFF",
    "unknown": "cannot be told",
}


@dataclass(frozen=True)
class FailedRun:
    """What is known of an attempt that failed.

    `cause` is readable text; `alarm_name` is None where the input did not tell, and `flags` has no
    flag then; it says of each flag whether users get it right now. `missing_monitors` were taken
    off the environment and are not back; `restore_monitors_command` puts them back. `experiments`
    are the runs that show flags, in words, each with the command that stops it. `stopped` are the
    deployments that this run has stopped, or undone.
    """

    execution_arn: str
    error: str
    cause: str
    failed_state: str | None
    attempts: int
    alarm_name: str | None
    flags: Mapping[str, FlagState]
    missing_monitors: Sequence[Monitor] = ()
    restore_monitors_command: str | None = None
    stopped: Sequence[StoppedDeployment] = ()
    experiments: Mapping[str, str] = field(default_factory=dict)

    @property
    def flag_state(self) -> FlagState:
        """On where any flag is, off where all are known to be, unknown otherwise."""
        states = set(self.flags.values())
        return "on" if "on" in states else "off" if states == {"off"} else "unknown"


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
        "flags": [{"flag": flag, "state": state} for flag, state in run.flags.items()],
        "alarmName": run.alarm_name,
        "executionArn": run.execution_arn,
        "consoleUrl": console,
        "redriveCommand": redrive,
        "missingMonitors": [monitor["AlarmArn"] for monitor in run.missing_monitors],
        "restoreMonitorsCommand": run.restore_monitors_command,
        **stopped_numbers(run.stopped),
        "experiments": list(run.experiments),
        "stopExperimentCommands": list(run.experiments.values()),
        "timestamp": iso(now),
    }
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
        back = run.restore_monitors_command
        next_steps.append(f"Put the monitors back, unless a redrive does: {back}")
    if run.stopped:
        sections["Stopped"] = " ".join(stopped_deployment(each, target) for each in run.stopped)
    if len(run.flags) > 1:
        sections["Flags"] = "; ".join(
            f"{flag}: {_STATES[state]}" for flag, state in run.flags.items()
        )
    for experiment, stop_command in run.experiments.items():
        shown = f"The flag is shown to users by {experiment}"
        sections["Experiment"] = f"{sections.get('Experiment', '')} {shown}".strip()
        left = run.error == ExperimentLeftRunningError.__name__
        when = "Stop the experiment" if left else "If a redrive does not stop the experiment, do"
        next_steps.append(f"{when}: {stop_command}")
    if run.flag_state != "off":
        next_steps.insert(0, "If the flag does harm now, turn it off by hand in AppConfig.")
    if run.error == StartAnewError.__name__:
        anew = start_command(run.execution_arn)
        next_steps.append(f"Start a new execution, a redrive does not help: {anew}")
    else:
        next_steps.append(f"Redrive the execution, in the console or with: {redrive}")
    return in_all_forms(
        _title(run),
        document,
        sections,
        next_steps,
        attributes={"outcome": "rollback_failed", "flagName": list(run.flags) or ["unknown"]},
    )


def _title(run: FailedRun) -> str:
    one, several = {
        "on": ("is still ON: its rollback failed", "are still ON: their rollback failed"),
        "off": (
            "is OFF, but its rollback did not end well",
            "are OFF, but their rollback did not end well",
        ),
        "unknown": (
            "may still be ON: its rollback failed",
            "may still be ON: their rollback failed",
        ),
    }[run.flag_state]
    if not run.flags:
        return f"A flag {one}"
    about = [flag for flag, state in run.flags.items() if state == run.flag_state]
    return flags_in_words(about, one, several)
