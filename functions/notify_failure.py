"""NotifyFailure: publish the notice of a failed rollback, once per failed attempt.

Two paths lead here. The state machine's Catch does, by way of MarkFailure. And an EventBridge rule
does for every execution that ended FAILED, TIMED_OUT or ABORTED, because no Catch sees a machine's
timeout, an abort, or a failure of this very state (Step Functions developer guide, "Handling
errors"); on that path the function stays silent where the other one has told already.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from appconfig_rollback.adapters import appconfig, clock, executions, experiments
from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.names import named_target
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.adapters.task import task_of_any_definition
from appconfig_rollback.adapters.topic import publish
from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.arn import region_of
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.experiments import (
    ExperimentRun,
    Experiments,
    ReadAhead,
    showing,
    stop_command,
)
from appconfig_rollback.exposure import Beside, exposure
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.guarding import guarded
from appconfig_rollback.history import Attempt
from appconfig_rollback.monitors import merged, restore_monitors_command
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.failure import FailedRun, FlagState, failure_notice
from appconfig_rollback.plain_text import readable_cause
from appconfig_rollback.state import Monitor, State, TaskInput
from appconfig_rollback.times import iso
from appconfig_rollback.untyped import json_or_none


class StatusChange(TypedDict):
    """What is used of EventBridge's "Step Functions Execution Status Change"."""

    detail: dict[str, Any]


class FailureTold(TypedDict):
    """NotifyFailure's answer: the message's id, None where the notice had been sent before."""

    messageId: str | None


@task_of_any_definition
def handler(event: TaskInput | StatusChange, context: object) -> FailureTold:  # noqa: ARG001
    """Publish the failure notice."""
    run = _from_event(cast("StatusChange", event)) if "detail" in event else _from_machine(event)
    if run is None:
        return {"messageId": None}
    return {"messageId": publish(failure_notice(run, clock.now()))}


def _from_machine(event: TaskInput) -> FailedRun:
    arn, failure = event["execution"]["Id"], event["state"]["failure"]
    caught = failure["caught"]
    return _failed_run(
        arn,
        caught.get("Error", "unknown"),
        caught.get("Cause", ""),
        executions.attempt(arn, until="NotifyFailure"),
        event["execution"]["Input"],
        event["state"],
    )


def _from_event(event: StatusChange) -> FailedRun | None:
    detail = event["detail"]
    arn = detail["executionArn"]
    attempt = executions.attempt(arn, redrive_count=detail.get("redriveCount"))
    if attempt.notified:
        logger.info("The state machine has sent this attempt's notice")
        return None
    text = detail.get("input")
    if text is None:  # left out of the event above 248 KiB
        text = executions.execution_input(arn)
    return _failed_run(
        arn,
        detail.get("error") or f"Execution {detail['status']}",
        detail.get("cause") or "",
        attempt,
        json_or_none(text),
        executions.last_state_data(arn),
    )


def _failed_run(
    arn: str, error: str, cause: str, attempt: Attempt, source: object, state: State
) -> FailedRun:
    facts = _facts(arn, source, state)
    flags = list(facts.flags)
    missing = _missing_monitors(state)
    states, shown = _look_at(flags)
    return FailedRun(
        facts=facts,
        error=error,
        cause=readable_cause(cause),
        failed_state=attempt.failed_state,
        attempts=attempt.tries,
        flags=states,
        missing_monitors=missing,
        restore_monitors_command=_restore_monitors_command(arn, missing) if missing else None,
        stopped=state.get("stoppedDeployments", []),
        experiments={str(run): _stop_command(arn, run) for run in shown},
    )


def _facts(arn: str, source: object, state: State) -> Facts:
    """Find the alarm and its flags: as ParseAlarm did, or in the input where it had failed."""
    target = named_target()
    if "alarm" in state:
        return Facts.of(state, target, arn)
    try:
        change = read_alarm(source)
    except RollbackError:
        logger.info("The input is no alarm")  # and that is what failed
        return Facts(target, arn, ())
    try:
        flags = guarded(change, change.tags, settings().alarm_names).flags
    except RollbackError:
        logger.info("The input names no flag")  # and that is what failed
        flags = ()
    fired = iso(change.transitioned_at) if change.transitioned_at else None
    return Facts(
        target, arn, flags, change.name, fired, change.reason, change.measured, change.drill
    )


def _missing_monitors(state: State) -> list[Monitor]:
    """Find the monitors that this run has taken off, or was about to, and has not put back."""
    monitors = state.get("monitors")
    if monitors is None or monitors["restored"]:
        return []
    return monitors["suspended"]


def _restore_monitors_command(arn: str, missing: list[Monitor]) -> str:
    """Write the command for all the monitors that the environment should have."""
    watched, region = settings().target, region_of(arn)
    try:
        present = appconfig.connect().monitors()
    except RollbackError:
        logger.warning("Cannot read the monitors that are still there", exc_info=True)
        present = []
    return restore_monitors_command(
        watched.application, watched.environment, merged(present, missing), region
    )


def _stop_command(arn: str, run: ExperimentRun) -> str:
    return stop_command(settings().target.application, run.noted, region=region_of(arn))


def _look_at(flags: list[str]) -> tuple[dict[str, FlagState], list[ExperimentRun]]:
    """Read whether users get the flags right now, and which experiments' runs show them.

    An error here must not block the notice: the flag is unknown then.
    """
    states: dict[str, FlagState] = dict.fromkeys(flags, "unknown")
    shown: list[ExperimentRun] = []
    if not flags:
        return states, shown
    try:
        store = appconfig.connect()
        profile_type = store.profile_type()
        with readers() as threads:
            on_profile = experiments.of_profile(profile_type)
            runs = ReadAhead(on_profile, dict.fromkeys(flags), threads.submit)
            served = threads.submit(_served, store, profile_type)
            for flag in flags:
                if run := _shown_by(flag, runs):
                    shown.append(run)
            for flag in flags:
                states[flag] = _users_get(flag, *served.result(), runs)
    except RollbackError:
        logger.warning("Cannot read the flags for the failure notice", exc_info=True)
    return states, shown


def _served(store: AppConfigStore, profile_type: str) -> tuple[Beside, FlagDocument]:
    served = store.served()
    return Beside(store, served, profile_type), store.document(served.version, profile_type)


def _users_get(flag: str, beside: Beside, document: FlagDocument, runs: Experiments) -> FlagState:
    try:
        return exposure(beside, runs, document, flag).state
    except RollbackError:
        logger.warning("Cannot read %s for the failure notice", flag, exc_info=True)
        return "unknown"


def _shown_by(flag: str, runs: Experiments) -> ExperimentRun | None:
    try:
        return showing(runs, flag)
    except RollbackError:
        logger.warning("Cannot read the experiments for the failure notice", exc_info=True)
        return None
