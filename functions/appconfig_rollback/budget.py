"""The time that a rollback may take, counted from ParseAlarm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from appconfig_rollback.errors import RollbackBudgetSpentError


def require_time(
    began: datetime,
    now: datetime,
    budget: timedelta,
    waiting_for: str,
    redriven_at: Callable[[datetime], datetime | None],
) -> None:
    """Refuse to go on once the budget is spent.

    An execution that was aborted or timed out is redriven in the middle, with the state data of
    long ago. So before the budget is called spent, `redriven_at` is asked for a redrive after the
    budget began; it began anew then.

    Raises:
        RollbackBudgetSpentError: names what the rollback was waiting for.
    """
    if now - began > budget:
        began = redriven_at(began) or began
    if now - began > budget:
        raise RollbackBudgetSpentError(
            f"the flag is not confirmed off {budget / timedelta(minutes=1):g} minutes after "
            f"{began:%H:%M:%S} UTC (parameter RollbackBudgetMinutes); waiting for {waiting_for}"
        )
