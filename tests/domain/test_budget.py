"""The time that a rollback may take ends, unless a redrive began it anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appconfig_rollback.budget import require_time
from appconfig_rollback.errors import RollbackBudgetSpentError

_BEGAN = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
_BUDGET = timedelta(minutes=15)


def _nobody(since: datetime) -> datetime | None:
    assert since == _BEGAN
    return None


def _must_not_ask(since: datetime) -> datetime | None:
    raise AssertionError(f"asked for a redrive since {since}")


@pytest.mark.parametrize("minutes", [-1, 0, 14.9, 15])
def test_within_the_budget_nobody_is_asked_for_a_redrive(minutes: float) -> None:
    now = _BEGAN + timedelta(minutes=minutes)

    require_time(_BEGAN, now, _BUDGET, "x", _must_not_ask)


def test_a_spent_budget_is_an_error_that_says_what_the_rollback_waited_for() -> None:
    now = _BEGAN + timedelta(minutes=15, seconds=1)

    with pytest.raises(RollbackBudgetSpentError) as raised:
        require_time(_BEGAN, now, _BUDGET, "deployment 8", _nobody)

    assert str(raised.value) == (
        "the flag is not confirmed off 15 minutes after 17:05:00 UTC "
        "(parameter RollbackBudgetMinutes); waiting for deployment 8"
    )


def test_a_redrive_begins_the_budget_anew() -> None:
    redriven = _BEGAN + timedelta(hours=5)

    require_time(_BEGAN, redriven + timedelta(minutes=15), _BUDGET, "x", lambda _: redriven)


def test_the_budget_of_a_redrive_ends_too() -> None:
    redriven = _BEGAN + timedelta(hours=5)

    with pytest.raises(RollbackBudgetSpentError, match="22:05:00"):
        require_time(_BEGAN, redriven + timedelta(minutes=16), _BUDGET, "x", lambda _: redriven)
