"""AppConfig in memory as the promises need it: it remembers who had seen what."""

from __future__ import annotations

from dataclasses import dataclass, field

from appconfig_rollback.experiments import ExperimentRun
from tests.appconfig import AppConfig


@dataclass
class Witness(AppConfig):
    """AppConfig that remembers what an execution had seen before it stopped an experiment."""

    listed: dict[str, dict[str, bool]] = field(default_factory=dict)
    """Which flags were on in what was served as each execution last listed deployments."""
    was_on: dict[str, bool] = field(default_factory=dict)
    """Whether who stopped an experiment had seen its flag on in what was served."""

    def experiment(self, definition: str, flag: str) -> None:
        """Let an experiment's run show a flag to users, whatever is deployed."""
        self.on[definition] = flag
        self.runs.append(ExperimentRun(definition, "test", 1, running=True, shows_flag=True))

    def stop_run(self, definition: str, number: int, reason: str, by: str = "") -> None:
        """Stop it, and remember what its stopper had seen."""
        super().stop_run(definition, number, reason, by)
        self.was_on[definition] = self.listed[by][self.on[definition]]

    def shows(self, flag: str) -> bool:
        """Return whether users get a flag from an experiment."""
        return any(run.running and self.flag_of(run) == flag for run in self.runs)
