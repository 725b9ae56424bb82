"""An AWS without a network: it answers the SDK's calls as it is told, after the SDK's own checks.

botocore asks whoever listens for "before-call" first, once it has checked the parameters and built
the request, and makes no call where somebody answers.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What an operation answers, by its name: an answer, or an error's code.
Answers = dict[str, Any]

REGION = "eu-west-1"
MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:rollback"
STACK = {
    "StackName": "rollback",
    "Outputs": [
        {"OutputKey": "StateMachineArn", "OutputValue": MACHINE},
        {"OutputKey": "DeadLetterQueueUrl", "OutputValue": "https://sqs.example/queue"},
    ],
    "Parameters": [
        {"ParameterKey": "ApplicationId", "ParameterValue": "app1234"},
        {"ParameterKey": "EnvironmentId", "ParameterValue": "env1234"},
        {"ParameterKey": "ConfigurationProfileId", "ParameterValue": "prof123"},
    ],
}
BEGUN = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)


def execution(name: str, **more: object) -> dict[str, Any]:
    """An execution, as both ListExecutions and DescribeExecution have it."""
    return {
        "executionArn": f"{MACHINE.replace('stateMachine', 'execution')}:{name}",
        "stateMachineArn": MACHINE,
        "name": name,
        "status": "SUCCEEDED",
        "startDate": BEGUN,
        "stopDate": BEGUN,
        "input": "{}",
        **more,
    }


def serving(*executions: dict[str, Any], **answers: object) -> Answers:
    """A stack with executions; what is not said here is denied."""
    described = {found["executionArn"]: found for found in executions}
    return {
        "DescribeStacks": {"Stacks": [STACK]},
        "ListExecutions": {"executions": list(executions)},
        "DescribeExecution": lambda sent: described.get(
            sent["executionArn"], "ExecutionDoesNotExist"
        ),
        "DescribeStateMachineForExecution": {
            "definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        },
        "GetExecutionHistory": {"events": []},
        **answers,
    }


@contextmanager
def canned(answers: Answers) -> Iterator[list[str]]:
    """Answer every call of every session that is made; gives the names of what was called."""
    called: list[str] = []

    def answer(model: Any, params: Any, **_: object) -> tuple[Any, Any]:  # noqa: ANN401
        called.append(model.name)
        found = answers.get(model.name, "AccessDeniedException")
        if callable(found):
            found = found(json.loads(params["body"]))
        if isinstance(found, str):
            error = {"Code": found, "Message": f"{model.name} is refused"}
            parsed = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
            return SimpleNamespace(status_code=400), parsed
        return SimpleNamespace(status_code=200), found

    make: Callable[[], Any] = botocore.session.get_session

    def session() -> Any:  # noqa: ANN401 - botocore has no types of its own
        made = make()
        made.register("before-call", answer)
        return made

    with mock.patch.object(botocore.session, "get_session", session):
        yield called
