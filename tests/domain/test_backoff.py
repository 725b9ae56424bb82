"""Who has to wait waits for a random time, and for longer each time, up to a bound."""

from __future__ import annotations

import pytest

from appconfig_rollback.decision import backoff


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (500, 30)]
)
def test_the_wait_is_drawn_between_one_second_and_a_bound_that_doubles(
    attempt: int, longest: int
) -> None:
    assert backoff(attempt, lambda low, high: low * 1000 + high) == 1000 + longest
