"""Looks for executions by what they were about, and says how far it looked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flag_rollback.execution.ending import looked_into
from flag_rollback.execution.told import outcomes_of

if TYPE_CHECKING:
    from datetime import datetime

    from flag_rollback.execution.finding import Execution, Executions


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None where anything will do."""

    status: str | None = None
    since: datetime | None = None
    flag: str | None = None
    outcome: str | None = None
    alarm: str | None = None

    @property
    def is_anything(self) -> bool:
        """Whether every execution is wanted."""
        return self == Wanted()

    @property
    def looks_inside(self) -> bool:
        """Whether executions must be described to be known as wanted."""
        return bool(self.flag or self.outcome or self.alarm)

    def fits(self, execution: Execution) -> bool:
        """Whether an execution is wanted, status and moment aside."""
        return (
            (self.flag is None or self.flag in execution.flags)
            and (self.outcome is None or self.outcome in outcomes_of(execution))
            and self.alarm in (None, execution.alarm)
        )


@dataclass
class Search:
    """What was found, the newest first, and how far the search went.

    `stopped_at` is when the oldest one began that was looked at, where older ones are left that may
    fit; None where all were looked at.
    """

    found: list[Execution] = field(default_factory=list)
    looked_through: int = 0
    stopped_at: datetime | None = None


def search(executions: Executions, wanted: Wanted, limit: int, look_through: int) -> Search:
    """Find at most `limit` executions among the newest `look_through` of status and span."""
    result, last = Search(), None
    for arn in executions.listed(status=wanted.status, since=wanted.since):
        if len(result.found) == limit or result.looked_through == look_through:
            result.stopped_at = last.started if last else None
            break
        last = executions.described(arn)
        result.looked_through += 1
        if wanted.alarm in (None, last.alarm):
            last = looked_into(executions, last)
            result.found += [last] if wanted.fits(last) else []
    return result
