"""What the functions of the stack that ships may do with their own roles, and what they log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appconfig_rollback.definition import CURRENT
from flag_rollback.waiting import WaitedTooLongError, wait_for
from proofs.aws.report import Observation, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofs.aws.making import Made

#: CloudWatch Logs shows a line some seconds after it was written.
_LOG_SECONDS = 120.0


def suspend_and_restore_monitors(made: Made) -> Observation:
    """Call both functions as the state machine does; nothing is deployed meanwhile.

    One monitor stays, so that either call hands AppConfig a role.
    """
    role = made.account.client("iam").get_role(RoleName=made.names.common)["Role"]["Arn"]
    suspended, staying = (
        {
            "AlarmArn": made.account.arn("cloudwatch", f"alarm:{made.names.alarm(flag)}"),
            "AlarmRoleArn": role,
        }
        for flag in (made.names.flag, made.names.late_flag)
    )
    state = {"monitors": {"suspended": [suspended], "restored": False}}
    _set_monitors(made, [suspended, staying])
    try:
        off = _called(made, "SuspendMonitorsFunction", state)
        after_one = _monitors(made)
        on = _called(made, "RestoreMonitorsFunction", state)
        after_both = _monitors(made)
    finally:
        _set_monitors(made, [])
    arns = {suspended["AlarmArn"], staying["AlarmArn"]}
    return answer(
        "May the functions take a monitor off and put it back, with the roles that ship?",
        "inferred: iam:PassRole for appconfig.amazonaws.com on the monitors' roles is enough",
        f"SuspendMonitors {off}, {len(after_one)} of 2 left; RestoreMonitors {on}, "
        f"{len(after_both)} of 2 there",
        after_one == {staying["AlarmArn"]} and after_both == arns,
    )


def log_lines(made: Made, execution: str) -> Observation:
    """Read what the functions have logged of an execution."""
    logs, group = made.account.client("logs"), f"/aws/lambda/{made.names.common}"

    def found() -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        events = [event for page in pages for event in page["events"]]
        return [event["message"] for event in events if execution in event["message"]]

    try:
        lines = wait_for(found, "lines of the log", seconds=_LOG_SECONDS, every=made.account.every)
    except WaitedTooLongError:
        lines = []
    others = [line for line in lines if not _is_object(line)]
    first = f"; the first: {others[0][:200]}" if others else ""
    return answer(
        "Is what the functions log of an execution JSON, with the execution's ARN in it?",
        "yes, each line is an object; a search for the ARN finds all of a rollback",
        f"{len(lines)} lines with the ARN, {len(others)} of them are no JSON object{first}",
        bool(lines) and not others,
    )


def _called(made: Made, resource: str, state: Mapping[str, object]) -> str:
    """Call a function of the stack on state data; says how it answered."""
    physical = made.account.client("cloudformation").describe_stack_resource(
        StackName=made.names.common, LogicalResourceId=resource
    )["StackResourceDetail"]["PhysicalResourceId"]
    execution = {
        "Id": made.account.arn("states", f"execution:{made.names.common}:asked"),
        "Name": "asked",
    }
    task = {"definition": CURRENT, "execution": execution, "state": state}
    answered = made.account.client("lambda").invoke(
        FunctionName=physical, Payload=json.dumps(task).encode()
    )
    told: Any = json.loads(answered["Payload"].read())
    if "FunctionError" in answered:
        return f"failed ({told.get('errorType')}: {told.get('errorMessage')})"
    return "succeeded"


def _environment(made: Made) -> dict[str, str]:
    return {"ApplicationId": made.place.application, "EnvironmentId": made.place.environment}


def _set_monitors(made: Made, monitors: list[dict[str, str]]) -> None:
    appconfig = made.account.client("appconfig")
    appconfig.update_environment(**_environment(made), Monitors=monitors)


def _monitors(made: Made) -> set[str]:
    found = made.account.client("appconfig").get_environment(**_environment(made))
    return {monitor["AlarmArn"] for monitor in found.get("Monitors", [])}


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
