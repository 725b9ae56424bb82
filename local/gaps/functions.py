"""Lambda: calls while concurrency is spent, the functions' logs, and their environments' end."""

from __future__ import annotations

import contextvars
import json
import os
import socketserver
import time
from threading import Thread
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime  # type: ignore[import-untyped]
from ministack.services import lambda_svc, stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace, replace_provisioning

if TYPE_CHECKING:
    from collections.abc import Callable

#: Lambda's longest pause between two tries of a call that it has queued, and the longest age.
_LONGEST_PAUSE_SECONDS = 300.0
_LONGEST_AGE_SECONDS = 6 * 3600.0

# Whether the present thread answers an asynchronous call.
_queued: contextvars.ContextVar[bool] = contextvars.ContextVar("queued", default=False)


def fail_tasks_that_are_throttled() -> None:
    """A Task whose function is over its concurrency fails as Lambda.TooManyRequestsException.

    Step Functions developer guide, "Handle Lambda service exceptions"; the cause's form is that of
    Lambda's other exceptions. MiniStack calls it Lambda.Unknown, which Step Functions says of
    functions that run out of time.
    """

    @replace(stepfunctions, "_call_lambda")
    def call(original: Callable[..., object], function: str, event: object) -> object:
        try:
            return original(function, event)
        except stepfunctions._ExecutionError as error:
            if error.error != "Lambda.Unknown" or not _tells_of_throttling(error.cause):
                raise
            raise stepfunctions._ExecutionError(
                "Lambda.TooManyRequestsException",
                "Rate Exceeded. (Service: Lambda, Status Code: 429)",
            ) from error


def queue_asynchronous_calls_that_are_throttled() -> None:
    """An asynchronous call that is throttled is tried again for hours, and counts as no failure.

    Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation":
    after throttling "Lambda returns the event to the queue and attempts to run the function again
    for up to 6 hours by default", at intervals from 1 second to 5 minutes; MaximumEventAgeInSeconds
    makes that shorter. MiniStack takes it for one of the two errors that are repeated.
    """

    @replace(lambda_svc, "invoke_async_with_retry")
    def invoke(original: Callable[..., None], function: dict[str, Any], event: object) -> None:
        token = _queued.set(True)  # the thread that answers begins with a copy of this context
        try:
            original(function, event)
        finally:
            _queued.reset(token)

    @replace(lambda_svc, "_execute_function")
    def execute(original: Callable[..., Any], function: dict[str, Any], event: object) -> Any:  # noqa: ANN401
        asked, pause = time.monotonic(), 1.0
        result = original(function, event)
        while _queued.get() and result.get("throttle"):
            if time.monotonic() - asked > _longest_age(function):
                break
            time.sleep(pause * float(os.environ.get("SFN_WAIT_SCALE", "1")))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            result = original(_as_it_is_now(function), event)
        return result


def tell_functions_the_form_of_their_logs() -> None:
    """A runtime reads the form and the level of its log lines from its environment.

    Lambda developer guide, "Log and monitor Python Lambda functions": with LogFormat JSON the
    runtime formats what the standard logging is given, from ApplicationLogLevel on. AWS's runtime
    client (awslambdaric) reads both from these variables.
    """

    @replace(lambda_svc, "_provided_worker_env")
    def environment(
        original: Callable[..., dict[str, str]], config: dict[str, Any], *place: object
    ) -> dict[str, str]:
        found, logging = original(config, *place), config.get("LoggingConfig") or {}
        if logging.get("LogFormat") == "JSON":
            found["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
            found["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
        return found


def answer_functions_at_once() -> None:
    """The runtime API hands a function its event at once.

    MiniStack sends headers and body apart, and the kernel holds the body back for 40 ms until the
    headers are acknowledged (RFC 896, Nagle's algorithm).
    """
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def end_environments_of_deleted_functions() -> None:
    """A function that is deleted with its stack leaves no environment running.

    MiniStack ends those of functions that are deleted by a call of their own.
    """

    @replace_provisioning("AWS::Lambda::Function", "delete")
    def delete(original: Callable[..., None], name: str, *about: object) -> None:
        original(name, *about)
        pools, named = lambda_runtime._workers, f":{name}:"
        with lambda_runtime._lock:
            found = [pools.pop(key) for key in list(pools) if named in key]
        for environments in found:
            # To be ended each takes a moment, for which the stack does not wait.
            Thread(target=lambda_runtime.kill_workers, args=(environments,), daemon=True).start()


GAPS = [
    answer_functions_at_once,
    end_environments_of_deleted_functions,
    fail_tasks_that_are_throttled,
    queue_asynchronous_calls_that_are_throttled,
    tell_functions_the_form_of_their_logs,
]


def _tells_of_throttling(cause: str) -> bool:
    """Whether MiniStack's words for an error are those of throttling."""
    try:
        told = json.loads(cause)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("__type") == "TooManyRequestsException"


def _as_it_is_now(function: dict[str, Any]) -> dict[str, Any]:
    """Read a function again: its reserved concurrency may have changed since the call."""
    config = function["config"]
    found, _, _ = lambda_svc._get_func_record_for_ref(config["FunctionArn"])
    return {**(found or function), "config": config}


def _longest_age(function: dict[str, Any]) -> float:
    said = (function.get("event_invoke_config") or {}).get("MaximumEventAgeInSeconds")
    return float(said or _LONGEST_AGE_SECONDS)
