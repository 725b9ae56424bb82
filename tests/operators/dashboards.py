"""A dashboard whose executions and flags are made by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from flag_rollback.dashboard.answers import Dashboard
from flag_rollback.dashboard.bars import Day
from flag_rollback.dashboard.kept import Held
from flag_rollback.dashboard.reading import PAGE, Flags, Lately, Runs
from flag_rollback.execution.finding import Execution, NoSuchExecutionError
from flag_rollback.execution.searching import Search
from flag_rollback.watched import Watched
from tests.operators.reports import OFF, ON, SHOWN, UNKNOWN
from tests.operators.scenes import SCENES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flag_rollback.execution.report import Report
    from flag_rollback.execution.searching import Wanted

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:rollback"
_OUTCOMES = ("rolled_back", "already_off", "dry_run", "rollout_stopped", "duplicate", "ignored")


def listed(number: int, *, status: str = "SUCCEEDED", outcome: str = "rolled_back") -> Execution:
    """An execution that began `number` minutes ago."""
    flag = f"flag-{number}"
    began = datetime.now(UTC) - timedelta(minutes=number)
    output = {"outcome": outcome, "flags": [{"flag": flag, "outcome": outcome}], "reason": "quiet"}
    described = {
        "executionArn": f"{MACHINE.replace('stateMachine', 'execution')}:run-{number}",
        "name": f"run-{number}",
        "status": status,
        "startDate": began,
        "redriveCount": number % 7 // 6,
        **({"stopDate": began + timedelta(seconds=number)} if status != "RUNNING" else {}),
        **({"output": json.dumps(output)} if status == "SUCCEEDED" else {}),
    }
    return Execution(cast("Any", described), (flag,), f"FeatureFlag-{flag}-ErrorRate")


def storm(size: int = 100) -> list[Execution]:
    """Many at once: some run, some failed, the others ended in every way."""
    return [
        listed(
            number,
            status="RUNNING" if number < 2 else "FAILED" if number % 9 == 5 else "SUCCEEDED",
            outcome=_OUTCOMES[number % len(_OUTCOMES)],
        )
        for number in range(size)
    ]


class MadeReading:
    """Stands for `Reading`; counts how often a report is made."""

    def __init__(
        self,
        executions: Sequence[Execution] = (),
        *,
        report: Callable[[], Report] = SCENES["rolled-back"],
        stale: str = "",
    ) -> None:
        self.watched = Watched(MACHINE, "rollback")
        self._executions, self._report, self._stale = executions, report, stale

    def runs(self, wanted: Wanted, page: int) -> Held[Runs]:
        fitting = [each for each in self._executions if wanted.fits(each)]
        shown = fitting[(page - 1) * PAGE : page * PAGE]
        found = Search(shown, len(self._executions))
        return Held(Runs(found, page, len(fitting) > page * PAGE), self._stale)

    def report(self, name: str) -> Held[Report]:
        if not name.startswith("run-"):
            raise NoSuchExecutionError(f"rollback has no execution {name}")
        return Held(self._report())

    def flags(self) -> Held[Flags]:
        standings = {"new-checkout": OFF, "search-v2": ON, "one-page": SHOWN, "express": UNKNOWN}
        guards = {"new-checkout": ["FeatureFlag-new-checkout-ErrorRate"], "search-v2": []}
        return Held(Flags(standings, guards, datetime.now(UTC), ""), self._stale)

    def lately(self) -> Held[Lately]:
        days = [
            Day(date(2026, 3, 1) + timedelta(days=number), number * 3 % 7, number % 3)
            for number in range(14)
        ]
        return Held(Lately(days, ""))


def dashboard(reading: MadeReading) -> Dashboard:
    """Make the dashboard that shows what a reading was made to have."""
    return Dashboard(cast("Any", reading))
