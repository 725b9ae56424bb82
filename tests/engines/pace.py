"""How long a case takes where waits and retry intervals take their real time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.contract.shipped import STATES
from tests.engines.mocks import TEST_CASES, Return, tries

if TYPE_CHECKING:
    from tests.engines.case import Case


def real_seconds(case: Case) -> float:
    """Add up each Wait, and the longest that jitter allows for each retry."""
    seconds = 0.0
    used: Counter[str] = Counter()
    for step in case.trail:
        state, _, error = step.partition("!")
        if not error:
            used.clear()
            seconds += longest_wait(case) if STATES.get(state, {}).get("Type") == "Wait" else 0
        elif (retrier := retrier_of(state, error)) and used[error] < retrier["MaxAttempts"]:
            # Errors that share a retrier would share its count; no case has two of them.
            interval = retrier["IntervalSeconds"] * retrier.get("BackoffRate", 2) ** used[error]
            seconds += min(interval, retrier.get("MaxDelaySeconds", interval))
            used[error] += 1
    return seconds


def longest_wait(case: Case) -> int:
    """Find the longest Wait that the case's mocks ask for."""
    answers = [
        answer.answer
        for response in TEST_CASES[case.name].values()
        for answer in tries(response)
        if isinstance(answer, Return)
    ]
    fields = ("backoffSeconds", "pollSeconds")
    return max((answer[name] for answer in answers for name in fields if name in answer), default=0)


def retrier_of(state: str, error: str) -> dict[str, Any] | None:
    """Find the entry of the state's Retry that takes an error."""
    found = (entry for entry in STATES[state]["Retry"] if error in entry["ErrorEquals"])
    return next(found, None)
