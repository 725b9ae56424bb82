"""How large the data of an execution may be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 256 * 1024


def limit_results_of_tasks() -> None:
    """A Task whose result is over 256 KiB fails with States.DataLimitExceeded.

    Step Functions developer guide, "Service quotas": input and output of a task, a state and an
    execution are at most 256 KiB of UTF-8. (For other states the walk checks.)
    """

    @replace(stepfunctions, "_invoke_resource")
    def invoke(original: Callable[..., object], resource: str, data: object) -> object:
        result = original(resource, data)
        check_size(json.dumps(result), resource)
        return result


GAPS = [limit_results_of_tasks]


def check_size(text: str, producer: str) -> None:
    """Raise the error of a result that is too large."""
    if len(text.encode()) > MOST_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded",
            f"'{producer}' returned a result with a size exceeding the maximum number of bytes "
            "service limit.",
        )
