"""The execution's output, put together where the outcome is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appconfig_rollback.state import Alarm, Experiment, Outcome, Result, State

if TYPE_CHECKING:
    from appconfig_rollback.case import Decision


def ignored(alarm: Alarm, reason: str) -> Result:
    """Write the output of a run whose alarm, flag or stack calls for nothing."""
    return _result("ignored", alarm, reason)


def settled(decision: Decision, state: State, served_version: int) -> Result:
    """Write the output of a run that deploys nothing."""
    alarm = state["alarm"]
    match decision.kind:
        case "opted_out":
            result = ignored(alarm, decision.reason)
        case "duplicate":
            result = _result("duplicate", alarm, decision.reason)
        case "coalesced" if by := decision.by:
            result = _result(
                "rolled_back",
                alarm,
                alarm["reason"],
                by["fromVersion"],
                by["toVersion"],
                by["deploymentNumber"],
            )
            result["coalescedWith"] = by["execution"]
        case "rollout_stopped" if rollout := decision.in_the_way:
            result = _result(
                "rollout_stopped",
                alarm,
                alarm["reason"],
                rollout["version"],
                served_version,
                rollout["number"],
            )
        case "already_off" | "dry_run" | "experiment_stopped":
            result = _result(decision.kind, alarm, alarm["reason"], served_version)
        case _:
            raise AssertionError(f"{decision.kind} is no end")
    return _with(decision.experiment or stopped_experiment(state), result)


def rolled_back(state: State, deployment: int) -> Result:
    """Write the output of a run whose own deployment turned the flag off."""
    alarm, version = state["alarm"], state["version"]
    versions = (version["fromVersion"], version["toVersion"], deployment)
    result = _result("rolled_back", alarm, alarm["reason"], *versions)
    return _with(stopped_experiment(state) or state["config"]["experiment"], result)


def stopped_experiment(state: State) -> Experiment | None:
    """Find the experiment run that this execution has stopped, as far as the state data knows."""
    found = state.get("experiment")
    return found_experiment(state) if found and found["stopped"] else None


def found_experiment(state: State) -> Experiment | None:
    """Find the experiment run that this execution went to stop, whoever stopped it."""
    found = state.get("experiment")
    if found is None:
        return None
    return {"definition": found["definition"], "name": found["name"], "run": found["run"]}


def _with(experiment: Experiment | None, result: Result) -> Result:
    if experiment:
        result["stoppedExperiment"] = experiment
    return result


def _result(
    outcome: Outcome,
    alarm: Alarm,
    reason: str,
    from_version: int | None = None,
    to_version: int | None = None,
    deployment: int | None = None,
) -> Result:
    return {
        "outcome": outcome,
        "flag": alarm["flag"],
        "reason": reason,
        "fromVersion": from_version,
        "toVersion": to_version,
        "deploymentNumber": deployment,
        "alarmName": alarm["alarmName"],
    }
