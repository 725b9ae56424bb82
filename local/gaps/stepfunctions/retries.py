"""How long Step Functions waits before it repeats a state."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    Retrier = dict[str, Any]


def wait_as_the_retrier_says() -> None:
    """MaxDelaySeconds bounds the wait, and JitterStrategy FULL draws it between 0 and that.

    Step Functions developer guide, "Handling errors", fields of a retrier. MiniStack knows
    IntervalSeconds and BackoffRate only.
    """

    @replace(stepfunctions, "_find_matching_retrier")
    def find(
        original: Callable[..., tuple[Retrier | None, int]],
        retriers: list[Retrier],
        error: str,
        retry_counts: dict[int, int],
    ) -> tuple[Retrier | None, int]:
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        seconds = _seconds(retrier, retry_counts.get(index, 0))
        return {**retrier, "IntervalSeconds": seconds, "BackoffRate": 1.0}, index


def _seconds(retrier: Retrier, retries_before: int) -> float:
    """Choose the wait before the next retry."""
    longest: float = retrier.get("IntervalSeconds", 1)
    longest *= retrier.get("BackoffRate", 2.0) ** retries_before
    longest = min(longest, retrier.get("MaxDelaySeconds", longest))
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, longest)  # noqa: S311 - no secret
    return longest


GAPS = [wait_as_the_retrier_says]
