"""What is served, and what completed before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appconfig_rollback.deployments import Completed, Served

AT = datetime(2026, 3, 2, 17, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("since", "numbers"),
    [(AT, [7]), (AT - SECOND, [7, 6]), (AT - 2 * SECOND, [7, 6, 5]), (AT + SECOND, [7])],
)
def test_deployments_that_began_at_a_moment_or_later_are_listed_and_at_least_the_newest(
    since: datetime, numbers: list[int]
) -> None:
    completed = tuple(
        Completed(number, number, AT - age * SECOND) for age, number in enumerate((7, 6, 5, 4))
    )

    assert [one.number for one in Served(7, None, completed, 7).since(since)] == numbers
