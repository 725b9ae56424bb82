"""What DescribeExecution and EventBridge say about an execution, its redrives included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import eventbridge, stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import Response, replace
from local.gaps.stepfunctions.records import Record, is_current

if TYPE_CHECKING:
    from collections.abc import Callable

REDRIVABLE_STATUSES = ("FAILED", "ABORTED", "TIMED_OUT")

# Step Functions developer guide, "Step Functions and EventBridge": input and output are left out
# of the event when they are longer.
_LONGEST_IN_EVENT = 248 * 1024


def describe_redrives() -> None:
    """DescribeExecution tells redriveCount, redriveDate, redriveStatus and its reason.

    botocore, shape DescribeExecutionOutput: redriveCount is 0 and redriveDate null before the
    first redrive, redriveStatusReason is given for NOT_REDRIVABLE; output "is set only if the
    execution succeeds", which MiniStack also sets when it fails.
    """

    @replace(stepfunctions, "_describe_execution")
    def describe(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        status, headers, body = original(request)
        record = stepfunctions._executions.get(request.get("executionArn"))
        if status != 200 or record is None:
            return status, headers, body
        told = json.loads(body) | redrive_facts(record)
        if record["status"] != "SUCCEEDED":
            told.pop("output")
            told.pop("outputDetails")
        told = {key: value for key, value in told.items() if value is not None}
        answer: Response = stepfunctions.json_response(told)
        return answer


def tell_eventbridge_of_every_status() -> None:
    """Status events tell the redrives, and the error of every end that has one.

    Step Functions developer guide, "Step Functions and EventBridge" (eventbridge-integration):
    the event has redriveCount, redriveDate, redriveStatus and redriveStatusReason; its dates are
    numbers of milliseconds.
    """

    @replace(stepfunctions, "_emit_execution_status_event")
    def emit(_original: Callable[..., None], record: Record) -> None:
        if record.get("sync") or not is_current(record):
            return
        eventbridge._put_events(
            {
                "Entries": [
                    {
                        "Source": "aws.states",
                        "DetailType": "Step Functions Execution Status Change",
                        "Resources": [record["executionArn"]],
                        "Detail": json.dumps(_event_detail(record)),
                    }
                ]
            },
            allow_aws_source=True,
        )


GAPS = [describe_redrives, tell_eventbridge_of_every_status]


def redrive_facts(record: Record) -> Record:
    """What is told of an execution's redrives wherever it is told of."""
    redrivable = is_standard(record) and record["status"] in REDRIVABLE_STATUSES
    reason = None if redrivable else f"Execution is {record['status']} and cannot be redriven"
    return {
        "redriveCount": record.get("redriveCount", 0),
        "redriveDate": record.get("redriveDate"),
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
        "redriveStatusReason": reason,
    }


def is_standard(record: Record) -> bool:
    """Whether the execution's machine was of type STANDARD when it started."""
    machine = record.get("machine") or stepfunctions._state_machines.get(record["stateMachineArn"])
    return bool(machine) and machine["type"] == "STANDARD" and not record.get("sync")


def _event_detail(record: Record) -> Record:
    succeeded = record["status"] == "SUCCEEDED"
    output = record.get("output") if succeeded else None
    facts = redrive_facts(record)
    facts["redriveDate"] = stepfunctions._iso_to_epoch_ms(facts["redriveDate"])
    return {
        "executionArn": record["executionArn"],
        "stateMachineArn": record["stateMachineArn"],
        "name": record["name"],
        "status": record["status"],
        "startDate": stepfunctions._iso_to_epoch_ms(record["startDate"]),
        "stopDate": stepfunctions._iso_to_epoch_ms(record["stopDate"]),
        "input": _if_short(record["input"]),
        "output": _if_short(output),
        "inputDetails": {"included": _if_short(record["input"]) is not None},
        "outputDetails": {"included": _if_short(output) is not None} if succeeded else None,
        "error": record.get("error"),
        "cause": record.get("cause"),
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        **facts,
    }


def _if_short(text: str | None) -> str | None:
    return text if text is not None and len(text) <= _LONGEST_IN_EVENT else None
