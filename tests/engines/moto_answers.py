"""Answers the tasks of moto's interpreter from the mock configuration.

moto 5.2.5 has the code for mocked responses, but no way to hand it a configuration, and it counts
retries only, not tries. So the one function through which it calls Lambda is replaced.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from tests.engines.mocks import TEST_CASES, Return, Throw, tries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails


class MockedLambda:
    """Stands in for Lambda; an execution's name begins with the case that it walks."""

    def __init__(self) -> None:
        self._left: dict[str, dict[str, list[Return | Throw]]] = {}

    def __call__(self, env: Environment, parameters: dict[str, Any], **_: object) -> None:
        state = parameters["FunctionName"].rpartition(":")[2]
        execution = json.loads(parameters["Payload"])["execution"]["Name"]
        answer = self._answers_of(execution)[state].pop(0)
        if isinstance(answer, Throw):
            raise FailureEventException(_failure(env, answer))
        env.stack.append({"StatusCode": 200, "Payload": answer.answer})

    def left(self, execution: str) -> dict[str, list[Return | Throw]]:
        """Tell which answers of the case nobody has asked for."""
        return {state: left for state, left in self._answers_of(execution).items() if left}

    def _answers_of(self, execution: str) -> dict[str, list[Return | Throw]]:
        mocks = TEST_CASES[execution.rpartition("-")[0]]
        fresh = {state: tries(response) for state, response in mocks.items()}
        return self._left.setdefault(execution, fresh)


def _failure(env: Environment, throw: Throw) -> FailureEvent:
    details = {"error": throw.error, "cause": throw.cause}
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(throw.error),
        event_type=HistoryEventType.LambdaFunctionFailed,
        event_details=cast("EventDetails", {"lambdaFunctionFailedEventDetails": details}),
    )


@contextmanager
def without_waiting() -> Iterator[None]:
    """Let moto's Wait states and retry intervals take no time."""
    with ExitStack() as patches:
        instantly = SimpleNamespace(sleep=lambda _: None)
        patches.enter_context(patch.object(retrier_decl, "time", instantly))
        patches.enter_context(patch.object(WaitFunction, "_wait_interval", lambda *_, **__: None))
        yield


@contextmanager
def parsing_once() -> Iterator[None]:
    """Let moto parse the definition once, not for every execution; parsing takes 0.3 s."""
    parse = staticmethod(cache(AmazonStateLanguageParser.parse))
    with patch.object(AmazonStateLanguageParser, "parse", parse):
        yield


@contextmanager
def answered_by(answer: object) -> Iterator[None]:
    """Let moto call this instead of Lambda."""
    with patch.object(lambda_eval_utils, "execute_lambda_function_integration", answer):
        yield
