"""Experiments in memory, in place of AppConfig."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from appconfig_rollback.experiments import ExperimentRun

if TYPE_CHECKING:
    from datetime import datetime

    from appconfig_rollback.errors import RollbackError
    from appconfig_rollback.state import Experiment

#: Run 3 of an experiment that shows the flag.
SHOWING = ExperimentRun("exp1234", "checkout-test", 3, running=True, shows_flag=True)
NOTED: Experiment = {"definition": "exp1234", "name": "checkout-test", "run": 3}


@dataclass
class FakeExperiments:
    """Runs of experiments on one flag; a run that was stopped is DONE at once."""

    runs: list[ExperimentRun] = field(default_factory=list)
    stopped: list[tuple[Experiment, str]] = field(default_factory=list)
    broken_by: RollbackError | None = None
    refuses: RollbackError | None = None
    done_by_then: str | None = None
    known: list[Experiment | None] = field(default_factory=list)

    def running(self, flag: str, known: Experiment | None = None) -> list[ExperimentRun]:
        assert flag
        self.known.append(known)
        if self.broken_by:
            raise self.broken_by
        return [run for run in self.runs if run.running]

    def flags(self) -> list[str]:
        if self.broken_by:
            raise self.broken_by
        return ["new-checkout"] if self.running("new-checkout") else []

    def ended(self, flag: str, since: datetime, *_: object) -> list[ExperimentRun]:
        assert flag == "new-checkout"
        assert since.tzinfo
        if self.broken_by:
            raise self.broken_by
        return [run for run in self.runs if not run.running]

    def run(self, definition: str, number: int) -> ExperimentRun | None:
        found = (run for run in self.runs if (run.definition, run.number) == (definition, number))
        return next(found, None)

    def stop(self, run: Experiment, reason: str) -> None:
        self.stopped.append((run, reason))
        if self.done_by_then is not None:
            self.end(self.done_by_then)
        if self.refuses:
            raise self.refuses
        self.end(reason)

    def end(self, reason: str) -> None:
        """Let every run be DONE, stopped for a reason."""
        self.runs = [replace(run, running=False, verdict=reason) for run in self.runs]
