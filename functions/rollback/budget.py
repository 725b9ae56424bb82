"""The time that a rollback may take, counted from ParseAlarm."""

from datetime import datetime, timedelta

from rollback.errors import RollbackBudgetSpentError
from rollback.state import Execution, moment


def begun_at(started_at: str, execution: Execution) -> datetime:
    """When the budget began: with ParseAlarm, or anew with a redrive that came later."""
    redriven = execution.get("RedriveTime")
    began = moment(started_at)
    return max(began, moment(redriven)) if redriven else began


def require_time(began: datetime, now: datetime, budget_minutes: float, waiting_for: str) -> None:
    """Refuse to go on once the budget is spent.

    Raises:
        RollbackBudgetSpentError: names what the rollback was waiting for.
    """
    if now - began > timedelta(minutes=budget_minutes):
        raise RollbackBudgetSpentError(
            f"the flag is not confirmed off {budget_minutes:g} minutes after "
            f"{began:%H:%M:%S} UTC (parameter RollbackBudgetMinutes); waiting for {waiting_for}"
        )
