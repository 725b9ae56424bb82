"""NotifyFailure: tell people that a rollback failed, once per failed attempt.

Two paths lead here. The state machine's Catch does, by way of MarkFailure. And an EventBridge rule
does for every execution that ended FAILED, TIMED_OUT or ABORTED, because no Catch sees a machine's
timeout, an abort, or a failure of this very state (Step Functions developer guide, "Handling
errors"); on that path the function stays silent where the other one has told already.
"""

from __future__ import annotations

import json
from typing import Any, TypedDict, cast

from appconfig_rollback.adapters import appconfig, clock, executions, experiments
from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.log import logger
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
from appconfig_rollback.exposure import Exposure, exposure
from appconfig_rollback.history import Attempt
from appconfig_rollback.monitors import merged, restore_command
from appconfig_rollback.notices.failure import FailedRun, failure_notice
from appconfig_rollback.plain_text import readable_cause
from appconfig_rollback.state import Monitor, State, TaskInput


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
    return {"messageId": publish(failure_notice(run, settings().target, clock.now()))}


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
        json.loads(text or "null"),
        executions.last_state_data(arn),
    )


def _failed_run(
    arn: str, error: str, cause: str, attempt: Attempt, source: object, state: State
) -> FailedRun:
    alarm_name = flag = None
    try:
        alarm_name = read_alarm(source).name
        flag = settings().alarm_names.flag_of(alarm_name)
    except RollbackError:
        logger.info("The input names no flag")  # and that is what failed
    missing = _missing_monitors(state)
    seen, run = _look_at(flag)
    return FailedRun(
        execution_arn=arn,
        error=error,
        cause=readable_cause(cause),
        failed_state=attempt.failed_state,
        attempts=attempt.tries,
        flag=flag,
        alarm_name=alarm_name,
        flag_state=seen.state if seen else "unknown",
        missing_monitors=missing,
        restore_command=_restore_command(arn, missing) if missing else None,
        stopped=state.get("stoppedDeployments", []),
        experiment=str(run) if run else None,
        stop_command=_stop_command(arn, run) if run else None,
    )


def _missing_monitors(state: State) -> list[Monitor]:
    """Find the monitors that this run has taken off, or was about to, and has not put back."""
    monitors = state.get("monitors")
    if monitors is None or monitors["restored"]:
        return []
    return monitors["suspended"]


def _restore_command(arn: str, missing: list[Monitor]) -> str:
    """Write the command for all the monitors that the environment should have."""
    watched, region = settings().target, region_of(arn)
    try:
        present = appconfig.connect().monitors()
    except RollbackError:
        logger.warning("Cannot read the monitors that are still there", exc_info=True)
        present = []
    return restore_command(
        watched.application, watched.environment, merged(present, missing), region
    )


def _stop_command(arn: str, run: ExperimentRun) -> str:
    return stop_command(settings().target.application, run.noted, region=region_of(arn))


def _look_at(flag: str | None) -> tuple[Exposure | None, ExperimentRun | None]:
    """Read whether users may get the flag right now, and which experiment's run shows it.

    None where that cannot be told: what hinders it must not hinder the notice.
    """
    if flag is None:
        return None, None
    try:
        store = appconfig.connect()
        profile_type = store.profile_type()
    except RollbackError:
        logger.warning("Cannot read the profile for the failure notice", exc_info=True)
        return None, None
    with readers() as threads:
        runs = ReadAhead(experiments.of_profile(profile_type), flag, None, threads.submit)
        return _users_get(flag, store, profile_type, runs), _shown_by(flag, runs)


def _users_get(
    flag: str, store: AppConfigStore, profile_type: str, runs: Experiments
) -> Exposure | None:
    try:
        served = store.served()
        return exposure(store, runs, served, store.document(served.version, profile_type), flag)
    except RollbackError:
        logger.warning("Cannot read the flag for the failure notice", exc_info=True)
        return None


def _shown_by(flag: str, runs: Experiments) -> ExperimentRun | None:
    try:
        return showing(runs, flag)
    except RollbackError:
        logger.warning("Cannot read the experiments for the failure notice", exc_info=True)
        return None
