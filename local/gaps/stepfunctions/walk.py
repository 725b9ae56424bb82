"""The walk through a machine's states, in the place of MiniStack's.

MiniStack's own walk begins at StartAt only, with the definition of the moment and without a
clock; states themselves are still executed by MiniStack.
"""

from __future__ import annotations

import contextvars
import copy
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

from ministack.core.responses import now_iso  # type: ignore[import-untyped]
from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import Response, replace
from local.gaps.stepfunctions.limits import check_size
from local.gaps.stepfunctions.paths import PathNotFoundError
from local.gaps.stepfunctions.records import (
    ExecutionOverError,
    Record,
    detach,
    is_current,
    settling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

# The role that the present thread's execution acts with.
role_of_execution: contextvars.ContextVar[str] = contextvars.ContextVar("role_of_execution")


def keep_the_machine_of_the_start() -> None:
    """An execution keeps the definition and the role that it started with.

    botocore, UpdateStateMachine: "Running executions will continue to use the previous
    definition and roleArn"; and a redrive uses "the same state machine definition".
    """

    @replace(stepfunctions, "_start_execution")
    def start(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        with settling:
            status, headers, body = original(request)
            if status == 200:
                record = stepfunctions._executions[json.loads(body)["executionArn"]]
                _begin(record)
            return status, headers, body

    @replace(stepfunctions, "_run_execution")
    def run(_original: Callable[..., None], arn: str) -> None:
        with settling:  # MiniStack starts this thread before the start above has done its part
            record: Record | None = stepfunctions._executions.get(arn)
            if record is None or record["status"] != "RUNNING" or record.get("walked"):
                return  # stopped, and perhaps redriven, before it began
            if "machine" not in record:  # StartSyncExecution, which has no thread of its own
                _begin(record)
            record["walked"] = True
        walk(record, *record["position"])


def end_stopped_executions() -> None:
    """StopExecution ends an execution at once, whatever its thread is doing.

    botocore, StopExecution and shape ExecutionStatus: the execution is ABORTED.
    """

    @replace(stepfunctions, "_stop_execution")
    def stop(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        with settling:
            record = stepfunctions._executions.get(request.get("executionArn"))
            was_running = record and record["status"] == "RUNNING"
            answer = original(request)
            if record and was_running:
                detach(record)
            return answer


def answer_repeated_starts() -> None:
    """StartExecution with the name and input of a running execution is that execution.

    botocore, StartExecution: "StartExecution is idempotent for STANDARD workflows. ... if you
    call StartExecution with the same name and input as a running execution, the call succeeds
    and return the same response as the original request."
    """

    @replace(stepfunctions, "_start_execution")
    def start(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        machine = request.get("stateMachineArn", "").partition("#")[0]
        arn = machine.replace(":stateMachine:", ":execution:") + f":{request.get('name')}"
        running = stepfunctions._executions.get(arn)
        same = running and running["input"] == request.get("input", "{}")
        if running and same and running["status"] == "RUNNING":
            answer: Response = stepfunctions.json_response(
                {"executionArn": arn, "startDate": running["startDate"]}
            )
            return answer
        return original(request)


GAPS = [keep_the_machine_of_the_start, end_stopped_executions, answer_repeated_starts]


def walk(record: Record, name: str | None, data: object, *, entered: bool = False) -> None:
    """Walk from a state to the execution's end, within the machine's TimeoutSeconds.

    Amazon States Language: a machine that runs longer than TimeoutSeconds fails with
    States.Timeout; Step Functions developer guide, "Redriving executions": the clock restarts at
    a redrive, as this does.
    ``entered`` says that the state's entry is in the history already.
    """
    machine = record["machine"]
    clock = None
    if seconds := machine["definition"].get("TimeoutSeconds"):
        clock = threading.Timer(seconds, contextvars.copy_context().run, [time_out, record])
        clock.daemon = True
        clock.start()
    role = role_of_execution.set(machine["roleArn"])
    try:
        output = json.dumps(_visit(record, name, data, entered=entered))
        told = {"executionSucceededEventDetails": {"output": output}}
        settle(record, {"status": "SUCCEEDED", "output": output}, "ExecutionSucceeded", told)
    except ExecutionOverError:
        logger.info("%s ended before its thread did", record["executionArn"])
    except PathNotFoundError as error:
        _fail(record, "States.Runtime", str(error))
    except stepfunctions._ExecutionError as error:
        _fail(record, error.error, error.cause)
    except Exception as error:
        # The thread's outermost frame: whatever it is must end the execution, not only the thread.
        logger.exception("unexpected error in %s", record["executionArn"])
        _fail(record, "States.Runtime", str(error))
    finally:
        role_of_execution.reset(role)
        if clock:
            clock.cancel()


def settle(record: Record, change: Record, event: str, details: Record) -> None:
    """End an execution, unless it has ended meanwhile, and tell history and EventBridge."""
    with settling:
        if is_current(record) and record["status"] == "RUNNING":
            record |= change | {"stopDate": now_iso()}
            stepfunctions._add_event(record, event, details)
            stepfunctions._emit_execution_status_event(record)


def _begin(record: Record) -> None:
    """Note in a new execution's record what it was started with, and where it stands."""
    machine = copy.deepcopy(stepfunctions._state_machines[record["stateMachineArn"]])
    definition = json.loads(machine["definition"])
    record["machine"] = machine | {"definition": definition}
    record |= {
        "position": (definition["StartAt"], json.loads(record["input"])),
        "entered": False,
    }
    record["events"][0]["previousEventId"] = 0


def time_out(record: Record) -> None:
    """End an execution that ran longer than its machine's TimeoutSeconds."""
    with settling:
        if is_current(record) and record["status"] == "RUNNING":
            told = {"executionTimedOutEventDetails": {"error": "States.Timeout"}}
            change = {"status": "TIMED_OUT", "error": "States.Timeout"}
            settle(record, change, "ExecutionTimedOut", told)
            detach(record)


def _fail(record: Record, error: str, cause: str) -> None:
    told = {"executionFailedEventDetails": {"error": error, "cause": cause}}
    settle(record, {"status": "FAILED", "error": error, "cause": cause}, "ExecutionFailed", told)


def _visit(record: Record, name: str | None, data: object, *, entered: bool) -> object:
    """Enter, execute and leave state after state; what the last one leaves is the output."""
    definition = record["machine"]["definition"]
    context = _context(record)
    while name is not None:
        state = definition["States"][name]
        context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        if not entered:
            told = {"stateEnteredEventDetails": {"name": name, "input": json.dumps(data)}}
            _note(record, f"{state['Type']}StateEntered", told, (name, data), entered=True)
        data, following = _execute(state, data, record, context)
        output = json.dumps(data)
        check_size(output, name)
        told = {"stateExitedEventDetails": {"name": name, "output": output}}
        _note(record, f"{state['Type']}StateExited", told, (following, data), entered=False)
        name, entered = following, False
    return data


def _note(
    record: Record,
    event: str,
    details: Record,
    position: tuple[str | None, object],
    *,
    entered: bool,
) -> None:
    """Write an entry or an exit, and with it where a redrive would go on."""
    with settling:
        stepfunctions._add_event(record, event, details)
        record |= {"position": position, "entered": entered}


def _execute(
    state: Record, data: object, record: Record, context: Record
) -> tuple[object, str | None]:
    """What the state makes of its input, and the name of the state after it."""
    match state["Type"]:
        case "Succeed":
            chosen = stepfunctions._apply_input_path(state, data, context)
            return stepfunctions._apply_output_path(state, chosen, context), None
        case "Fail":
            error, cause = stepfunctions._fail_state_error(state, data, context)
            raise stepfunctions._ExecutionError(error, cause)
        case "Pass" | "Choice" | "Wait" as kind:
            execute = getattr(stepfunctions, f"_execute_{kind.lower()}")
            output, following = execute(state, data, context)
        case "Task" | "Parallel" | "Map" as kind:
            execute = getattr(stepfunctions, f"_execute_{kind.lower()}")
            output, following = execute(state, data, record, context)
        case unknown:
            raise stepfunctions._ExecutionError("States.Runtime", f"unknown state type {unknown}")
    return output, following


def _context(record: Record) -> Record:
    """The context object.

    Step Functions developer guide, "Context object": Execution has Id, Input, Name, RoleArn,
    StartTime, and once redriven RedriveCount and RedriveTime.
    """
    execution = {
        "Id": record["executionArn"],
        "Input": json.loads(record["input"]),
        "Name": record["name"],
        "RoleArn": record["machine"]["roleArn"],
        "StartTime": record["startDate"],
    }
    if "redriveDate" in record:
        execution["RedriveCount"] = record["redriveCount"]
        execution["RedriveTime"] = record["redriveDate"]
    return {
        "QueryLanguage": record["machine"]["definition"].get("QueryLanguage", "JSONPath"),
        "Execution": execution,
        "StateMachine": {"Id": record["stateMachineArn"], "Name": record["machine"]["name"]},
        "variables": record.setdefault("variables", {}),
    }
