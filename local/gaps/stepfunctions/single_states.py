"""TestState: a state by itself, its service mocked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gaps.replacing import Response


def retry_a_mocked_error_before_it_is_caught() -> None:
    """A mocked error that a Retry takes is RETRIABLE until its attempts are used up.

    Amazon States Language, "Errors": a Catch is looked at only where no Retry is left; botocore,
    TestState: `stateConfiguration.retrierRetryCount` says how many of them there were.
    """

    @replace(stepfunctions, "_test_state")
    def test(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        error = (request.get("mock") or {}).get("errorOutput")
        state = _state(request) if error else {}
        retrier, _ = stepfunctions._find_matching_retrier(
            state.get("Retry", []), (error or {}).get("error"), {}
        )
        done = (request.get("stateConfiguration") or {}).get("retrierRetryCount", 0)
        if error and retrier and done < retrier.get("MaxAttempts", 3):
            answer: Response = stepfunctions.json_response({"status": "RETRIABLE", **error})
            return answer
        return original(request)


GAPS = [retry_a_mocked_error_before_it_is_caught]


def _state(request: dict[str, Any]) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(request["definition"])
    name = request.get("stateName") or definition.get("StartAt")
    state: dict[str, Any] = definition.get("States", {}).get(name, definition)
    return state
