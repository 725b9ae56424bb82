"""MiniStack's server, answering mocked tasks as Step Functions Local does.

MiniStack 1.5.33 looks for a mocked response once per entry of a state, so an error that is mocked
for the first try meets every retry too. In Step Functions Local 2.0.0 each try takes the next
response; a try for which there is none fails the execution with States.Runtime.
"""

import contextvars
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace
from local.server import main

Record = dict[str, Any]

# The execution and the state whose task the present thread carries out.
_task: contextvars.ContextVar[tuple[Record, str]] = contextvars.ContextVar("task")


def answer_each_try_by_its_mock() -> None:
    """A mocked response stands in for the service that a task calls, at every try anew."""

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
        record, state = _task.get()
        machine = record["stateMachineArn"].rpartition(":")[2]
        config = stepfunctions._sfn_mock_config
        mocks = config.get("StateMachines", {}).get(machine, {}).get("TestCases", {})
        response = mocks.get(record["testCase"], {}).get(state)
        if response is None:
            return original(resource, data)
        number = record["mockAttempts"].get(state, 0)
        record["mockAttempts"][state] = number + 1
        return _answer(config["MockedResponses"][response], number, state)


def _answer(response: Record, number: int, state: str) -> object:
    for numbers, content in response.items():
        first, _, last = numbers.partition("-")
        if not int(first) <= number <= int(last or first):
            continue
        if "Return" in content:
            return content["Return"]
        raise stepfunctions._ExecutionError(content["Throw"]["Error"], content["Throw"]["Cause"])
    raise stepfunctions._ExecutionError("States.Runtime", f"no mock for try {number} of {state}")


if __name__ == "__main__":
    answer_each_try_by_its_mock()
    main()
