"""The mock configuration of Step Functions Local (``EmbeddedCloud(mock_config=...)``)."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gaps.stepfunctions.records import Record

# The execution and the state whose task the present thread carries out.
_task: contextvars.ContextVar[tuple[Record, str]] = contextvars.ContextVar("task")


def answer_each_try_by_its_own_mock() -> None:
    """A mocked response answers the tries of a task by their numbers, retries included.

    Step Functions developer guide, "sfn-local-mock-cfg-file": the responses of a state are
    numbered from 0 and answer one try each ("0", "1-2"). (A try without one fails the execution
    with States.Runtime; so says Step Functions Local 2.0.0.)
    """

    @replace(stepfunctions, "_get_mock_response")
    def never(_original: Callable[..., object], *_: object) -> None:
        return None

    @replace(stepfunctions, "_execute_task")
    def execute(
        original: Callable[..., object], state: Record, data: object, record: Record, ctx: Record
    ) -> object:
        _task.set((record, ctx["State"]["Name"]))
        return original(state, data, record, ctx)

    @replace(stepfunctions, "_invoke_resource")
    def invoke(original: Callable[..., object], resource: str, data: object) -> object:
        response = None
        if here := _task.get(None):
            record, state = here
            machine = record["stateMachineArn"].rpartition(":")[2]
            config = stepfunctions._sfn_mock_config
            mocks = config.get("StateMachines", {}).get(machine, {}).get("TestCases", {})
            response = mocks.get(record["testCase"], {}).get(state)
        if response is None:
            return original(resource, data)
        number = record["mockAttempts"].get(state, 0)
        record["mockAttempts"][state] = number + 1
        return _answer(config["MockedResponses"][response], number, state)


GAPS = [answer_each_try_by_its_own_mock]


def _answer(response: Record, number: int, state: str) -> object:
    for numbers, content in response.items():
        first, _, last = numbers.partition("-")
        if not int(first) <= number <= int(last or first):
            continue
        if "Return" in content:
            return content["Return"]
        raise stepfunctions._ExecutionError(content["Throw"]["Error"], content["Throw"]["Cause"])
    raise stepfunctions._ExecutionError("States.Runtime", f"no mock for try {number} of {state}")
