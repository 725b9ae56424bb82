"""Lambda: functions of Python's runtimes, run under AWS's own runtime client."""

from __future__ import annotations

import io
import os
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ministack.services import lambda_svc  # type: ignore[import-untyped]

from local.gaps.replacing import replace
from local.packaging import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable


def name_errors_of_python_functions() -> None:
    """An exception that a Python function raises reaches its caller under its class's name.

    Lambda developer guide, "Lambda function errors in Python": `errorType` is the exception's type.
    Step Functions developer guide, "Handling errors": that is the error's name for Retry and Catch.
    MiniStack's own worker names each Runtime.HandlerError. So it runs these functions as it runs
    custom runtimes, and the bootstrap starts the runtime client that Lambda runs them under.
    """

    @replace(lambda_svc, "_execute_function_dispatch")
    def execute(
        original: Callable[..., dict[str, Any]],
        function: dict[str, Any],
        config: dict[str, Any],
        *invocation: object,
    ) -> dict[str, Any]:
        if str(config.get("Runtime", "")).startswith("python") and function.get("code_zip"):
            config = {**config, "Runtime": "provided.al2023"}
            code = _under_the_runtime_client(function["code_zip"])
            function = {**function, "config": config, "code_zip": code}
        return original(function, config, *invocation)


GAPS = [name_errors_of_python_functions]


@lru_cache(maxsize=32)
def _under_the_runtime_client(code: bytes) -> bytes:
    archive = io.BytesIO(code)
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bootstrap", bootstrap(float(os.environ.get("SFN_WAIT_SCALE", "1"))))
    return archive.getvalue()
