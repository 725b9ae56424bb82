"""The execution's output, put together where the outcome is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appconfig_rollback.state import Alarm, Outcome, Result, State, strongest

if TYPE_CHECKING:
    from appconfig_rollback.case import Decision


def ignored(alarm: Alarm, reason: str) -> Result:
    """Write the output of a run whose alarm or stack calls for nothing."""
    return _result("ignored", alarm, reason)


def settled(decision: Decision, alarm: Alarm, served_version: int) -> Result:
    """Write the output of a run that deploys nothing."""
    if decision.kind == "duplicate":
        return _result("duplicate", alarm, decision.reason)
    if decision.kind != "settle":
        raise AssertionError(f"{decision.kind} is no end")
    outcome = strongest(decision.flags)
    if outcome == "ignored":
        result = _result("ignored", alarm, decision.reason)
    elif outcome == "rolled_back" and (by := decision.by):
        versions = (by["fromVersion"], by["toVersion"], by["deploymentNumber"])
        result = _result("rolled_back", alarm, alarm["reason"], *versions)
    elif outcome == "rollout_stopped" and (rollout := decision.in_the_way):
        stopped = (rollout["version"], served_version, rollout["number"])
        result = _result("rollout_stopped", alarm, alarm["reason"], *stopped)
    else:
        result = _result(outcome, alarm, alarm["reason"], served_version)
    result["flags"] = list(decision.flags)
    return result


def rolled_back(state: State, deployment: int) -> Result:
    """Write the output of a run whose own deployment turned flags off."""
    version = state["version"]
    versions = (version["fromVersion"], version["toVersion"], deployment)
    result = _result("rolled_back", state["alarm"], state["alarm"]["reason"], *versions)
    result["flags"] = state["config"]["flags"]
    return result


def _result(
    outcome: Outcome,
    alarm: Alarm,
    reason: str,
    from_version: int | None = None,
    to_version: int | None = None,
    deployment: int | None = None,
) -> Result:
    result: Result = {
        "outcome": outcome,
        "flags": [],
        "reason": reason,
        "fromVersion": from_version,
        "toVersion": to_version,
        "deploymentNumber": deployment,
        "alarmName": alarm["alarmName"],
    }
    if alarm.get("drill"):
        result["drill"] = True
    return result
