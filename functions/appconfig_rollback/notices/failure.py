"""That a rollback failed: whether users may still get the flag comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from appconfig_rollback import commands
from appconfig_rollback.console import console_url
from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    FlagNotFoundError,
    StartAnewError,
)
from appconfig_rollback.notices.effect import Effect, Headline
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.sns import Notice, Step, in_all_forms
from appconfig_rollback.notices.wording import stopped_deployment, stopped_numbers
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.state import Monitor, StoppedDeployment
from appconfig_rollback.times import iso

_CAUSE_LIMIT = 1000

FlagState = Literal["on", "off", "unknown"]
_STATES: dict[FlagState, str] = {
    "on": "still ON",
    "off": "OFF",
    "unknown": "cannot be told",
}
_EFFECTS: dict[FlagState, tuple[Effect, str, str]] = {
    "on": ("ON", "ROLLBACK FAILED", "rollback FAILED"),
    "off": ("OFF", "its rollback ended red", "rollback ended red all the same"),
    "unknown": ("?", "ROLLBACK FAILED", "rollback FAILED"),
}


@dataclass(frozen=True)
class FailedRun:
    """What is known of an attempt that failed.

    `cause` is readable text. `flags` says of each flag whether users get it right now; it has none
    where nothing tells which flags it is about. `missing_monitors` were taken off the environment
    and are not back; `restore_monitors_command` puts them back. `experiments` are the runs that
    show flags, in words, each with the command that stops it. `stopped` are the deployments that
    this run has stopped, or undone.
    """

    facts: Facts
    error: str
    cause: str
    failed_state: str | None
    attempts: int
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

    @property
    def arn(self) -> str:
        """The execution."""
        return self.facts.execution_arn


def failure_notice(run: FailedRun, now: datetime) -> Notice:
    """Write that a rollback failed and what to do; whether the flag is still on comes first."""
    facts, target = run.facts, run.facts.target
    cause = shortened(run.cause, _CAUSE_LIMIT)
    document = {
        "action": "rollback_failed",
        "error": run.error,
        "cause": cause,
        "failedState": run.failed_state,
        "attempts": run.attempts,
        "flags": [{"flag": flag, "state": state} for flag, state in run.flags.items()],
        "alarmName": facts.alarm_name,
        "reason": facts.reason,
        "application": target.application,
        "environment": target.environment,
        "profile": target.profile,
        "executionArn": run.arn,
        "consoleUrl": console_url(run.arn),
        "redriveCommand": commands.redrive_by_aws(run.arn),
        "missingMonitors": [monitor["AlarmArn"] for monitor in run.missing_monitors],
        "restoreMonitorsCommand": run.restore_monitors_command,
        **stopped_numbers(run.stopped),
        "experiments": list(run.experiments),
        "stopExperimentCommands": list(run.experiments.values()),
        "timestamp": iso(now),
        **facts.document(),
    }
    headline = _headline(run)
    step = run.failed_state or "an unknown step"
    tries = f"{run.attempts} attempt{'' if run.attempts == 1 else 's'}"
    sections: dict[str, str | list[str]] = {"Users": headline.sentence}
    if len(run.flags) > 1:
        sections["Flags"] = "; ".join(
            f"{flag}: {_STATES[state]}" for flag, state in run.flags.items()
        )
    sections |= {
        "What": f"Step {step} failed after {tries}: {run.error}",
        "Cause": cause or "none was given",
    }
    if run.missing_monitors:
        arns = ", ".join(monitor["AlarmArn"] for monitor in run.missing_monitors)
        sections["Monitors"] = f"These are still off the environment: {arns}"
    if run.stopped:
        sections["Stopped"] = " ".join(stopped_deployment(each, target) for each in run.stopped)
    if run.experiments:
        sections["Experiment"] = " ".join(
            f"The flag is shown to users by {each}" for each in run.experiments
        )
    fired = f"The alarm fired at {facts.fired_at or 'a time that is not known'}."
    sections |= {"Why": facts.why(), "When": fired, **facts.sections()}
    return in_all_forms(
        headline.subject,
        document,
        sections,
        list(_next_steps(run)),
        facts.look(),
        attributes={
            "outcome": "rollback_failed",
            "flagName": list(run.flags) or ["unknown"],
            "urgency": "page",
        },
    )


#: To turn such a flag off by hand fails, too.
NOT_SERVED = (
    "No such flag is served: correct the alarm's tag or name, or the stack's parameter FlagsAt."
)


def _headline(run: FailedRun) -> Headline:
    state = run.flag_state
    effect, happened, how = _EFFECTS[state]
    about = [flag for flag, each in run.flags.items() if each == state]
    because, facts = (f"its {how}", f"their {how}"), run.facts
    return Headline(
        effect, about, len(run.flags), facts.environment, happened, because, facts.drill
    )


def _next_steps(run: FailedRun) -> Iterator[Step]:
    """Say what to do, the urgent first, and the AWS CLI's line last."""
    arn, anew = run.arn, run.error == StartAnewError.__name__
    may_be_on = [flag for flag, state in run.flags.items() if state != "off"]
    if run.error == FlagNotFoundError.__name__ and {*run.flags.values()} == {"unknown"}:
        yield Step(NOT_SERVED)
    elif may_be_on:
        yield Step("If it does harm now", commands.off(arn, may_be_on))
    elif not run.flags:
        yield Step("If a flag does harm now, turn it off", "flag-rollback off --help")
    if not anew:
        yield Step("Fix the cause.")
    if run.missing_monitors:
        back = run.restore_monitors_command or ""
        yield Step("Put the monitors back, unless a redrive does", back)
    for stop_command in run.experiments.values():
        left = run.error == ExperimentLeftRunningError.__name__
        when = "Stop the experiment" if left else "If a redrive does not stop the experiment, do"
        yield Step(when, stop_command)
    if not anew:
        yield Step("Redrive the execution, here or in the console", commands.redrive(arn))
    yield run.facts.look()
    if anew:
        why = "Start a new execution, a redrive does not help"
        yield Step(why, commands.start_by_aws(arn))
    else:
        yield Step("Without flag-rollback, redrive with", commands.redrive_by_aws(arn))
