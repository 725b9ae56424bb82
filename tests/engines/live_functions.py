"""This project's functions, behind moto's simple Lambda.

moto's simple Lambda (`use_docker` False) runs no code; it answers what it is told. Here it is told
what the function's own handler answers, or raises, as Lambda's runtime client words it. moto has
no AppConfig deployments, so the functions that need them are answered by the mocks of a case; the
outcome that such an answer carries is made by this project's code all the same.
"""

from __future__ import annotations

import importlib
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.awslambda_simple.models import LambdaSimpleBackend

from appconfig_rollback.adapters import aws
from appconfig_rollback.adapters.settings import settings as read_settings
from appconfig_rollback.outcome import rolled_back
from tests.contract.shipped import step_of
from tests.engines.mocks import TEST_CASES, Return, Throw, tries
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import Json

#: What works on moto: these states' functions call CloudWatch, SNS and Step Functions at most.
LIVE = ("ParseAlarm", "Notify", "RecordMetric", "NotifyFailure", "AwaitRedrive")


class LiveFunctions:
    """Answers for Lambda: live where moto has what the function calls, else by the mocks."""

    def __init__(self, case: str) -> None:
        self.called: list[str] = []  # the states whose handler ran
        mocks = TEST_CASES[case].items()
        self._left = {state: tries(response) for state, response in mocks if state not in LIVE}

    def invoke(
        self,
        _backend: LambdaSimpleBackend,
        function_name: str,
        _qualifier: str | None,
        body: Any,  # noqa: ANN401 - JSON text, or bytes
        _headers: object,
        answer_headers: dict[str, str],
    ) -> bytes:
        """Take the place of `LambdaSimpleBackend.invoke`; gives JSON text."""
        state, task = function_name.rpartition(":")[2], json.loads(body)
        if state not in LIVE and not _needs_no_appconfig(state, task):
            answer = self._left[state].pop(0)
            if isinstance(answer, Return):
                return json.dumps(_with_live_result(answer.answer, task["state"])).encode()
            return _function_error(answer, answer_headers)
        self.called.append(state)
        handler = importlib.import_module(step_of(state)).handler
        try:
            return json.dumps(handler(task, None)).encode()
        except Exception as error:  # noqa: BLE001 - as Lambda does, whatever it is
            cause = {"errorMessage": str(error), "errorType": type(error).__name__}
            return _function_error(Throw(cause["errorType"], json.dumps(cause)), answer_headers)


def _needs_no_appconfig(state: str, task: Json) -> bool:
    """Return whether FetchConfig looks at nothing, because the alarm calls for nothing."""
    return state == "FetchConfig" and task["state"]["alarm"]["ignoredReason"] is not None


def _with_live_result(answer: Any, state_data: Any) -> Any:  # noqa: ANN401 - JSON
    """Put CheckDeployment's result together from what the live functions found."""
    if not answer.get("confirmedOff"):
        return answer
    return {**answer, "result": rolled_back(state_data, answer["number"])}


def _function_error(throw: Throw, answer_headers: dict[str, str]) -> bytes:
    """Word an error as Invoke does (Lambda API reference, Invoke: X-Amz-Function-Error)."""
    answer_headers["x-amz-function-error"] = "Unhandled"
    return throw.cause.encode()


@contextmanager
def behind_moto(case: str, **settings: str) -> Iterator[LiveFunctions]:
    """Let moto's Lambda run the functions with these settings, and moto's clients."""
    functions = LiveFunctions(case)

    def invoke(*args: Any) -> bytes:
        return functions.invoke(*args)

    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    region = {"AWS_DEFAULT_REGION": "us-east-1"}
    aws.client.cache_clear()
    read_settings.cache_clear()
    with (
        patch.dict(os.environ, credentials | region | SETTINGS | settings),
        patch.object(LambdaSimpleBackend, "invoke", invoke),
    ):
        try:
            yield functions
        finally:
            aws.client.cache_clear()
            read_settings.cache_clear()
