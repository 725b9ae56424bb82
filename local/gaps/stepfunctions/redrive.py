"""RedriveExecution: an unsuccessful execution goes on where it stood."""

from __future__ import annotations

import contextvars
import json
import threading
import time
from typing import Any

from ministack.core.responses import now_iso  # type: ignore[import-untyped]
from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import PassOn, Request, Response, replace_requests
from local.gaps.stepfunctions.records import Record, detach, settling
from local.gaps.stepfunctions.status import REDRIVABLE_STATUSES, is_standard
from local.gaps.stepfunctions.walk import walk

_TOKEN_SECONDS = 15 * 60


def redrive_executions() -> None:
    """RedriveExecution re-enters the state that was entered and not exited, with its input.

    botocore, RedriveExecution, and Step Functions developer guide, "Redriving executions": the
    execution must be STANDARD and FAILED, ABORTED or TIMED_OUT (else ExecutionNotRedrivable);
    it keeps its ARN, definition and input, its history is appended to, its Retry counters and the
    machine's TimeoutSeconds start anew; the last 10 client tokens are remembered for 15 minutes.
    Whether the re-entered state gets a second StateEntered event is not documented: here it does
    not, so that every entry has one exit.
    """

    @replace_requests(stepfunctions)
    async def handle(original: PassOn, request: Request) -> Response:
        if request.headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            answer: Response = stepfunctions._finalize_response(_redrive(json.loads(request.body)))
        else:
            answer = await original(*request)
        return answer


GAPS = [redrive_executions]


def _redrive(request: dict[str, Any]) -> Response:
    arn, token = request.get("executionArn", ""), request.get("clientToken")
    if ":execution:" not in arn and ":express:" not in arn:
        return _refuse("InvalidArn", f"Invalid Arn: '{arn}'")
    with settling:
        record = stepfunctions._executions.get(arn)
        if record is None:
            return _refuse("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        if token and (redriven := _remembered(record, token)):
            return _accept(redriven)
        if not is_standard(record) or record["status"] not in REDRIVABLE_STATUSES:
            reason = f"Execution is {record['status']} and cannot be redriven"
            return _refuse("ExecutionNotRedrivable", reason)
        return _accept(_go_on(detach(record), token))


def _go_on(record: Record, token: str | None) -> str:
    """Set the execution running again from where it stood; answers the date of the redrive."""
    ended = record["status"]
    record["redriveCount"] = record.get("redriveCount", 0) + 1
    record["redriveDate"] = now_iso()
    record["redriveTokens"] = [
        *record.get("redriveTokens", [])[-9:],
        (token, time.monotonic(), record["redriveDate"]),
    ]
    # Walked: a thread of the first attempt that has not begun yet must not begin now.
    record |= {"status": "RUNNING", "stopDate": None, "walked": True, "error": None, "cause": None}
    told = {"executionRedrivenEventDetails": {"redriveCount": record["redriveCount"]}}
    stepfunctions._add_event(record, "ExecutionRedriven", told)
    stepfunctions._emit_execution_status_event(record)
    threading.Thread(
        target=contextvars.copy_context().run, args=(_resume, record, ended), daemon=True
    ).start()
    redriven: str = record["redriveDate"]
    return redriven


def _resume(record: Record, ended: str) -> None:
    """Walk on from the state that the execution stood in.

    "Redriving executions", per state: Pass is exited rather than executed if the machine timed
    out; every other state is executed again (Choice evaluates its rules, Fail fails).
    """
    name, data = record["position"]
    state = record["machine"]["definition"]["States"].get(name, {})
    if state.get("Type") == "Pass" and record["entered"] and ended == "TIMED_OUT":
        told = {"stateExitedEventDetails": {"name": name, "output": json.dumps(data)}}
        stepfunctions._add_event(record, "PassStateExited", told)
        walk(record, state.get("Next"), data)
    else:
        walk(record, name, data, entered=record["entered"])


def _remembered(record: Record, token: str) -> str | None:
    for known, at, redriven in record.get("redriveTokens", []):
        if known == token and time.monotonic() - at < _TOKEN_SECONDS:
            return str(redriven)
    return None


def _accept(redriven: str) -> Response:
    answer: Response = stepfunctions.json_response({"redriveDate": redriven})
    return answer


def _refuse(code: str, message: str) -> Response:
    answer: Response = stepfunctions.error_response_json(code, message, 400)
    return answer
