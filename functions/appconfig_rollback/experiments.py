"""AppConfig's experiments on a flag, in the terms of the rollback.

While a run of an experiment is RUNNING, clients get the flag from the experiment, whatever is
deployed; once it is stopped they get what is deployed (AppConfig user guide, "Promoting a
treatment", "Stopping an experiment"). So the flag goes off in what is deployed first, and the run
is stopped second: the other way round clients would get the old flag in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from appconfig_rollback.mark import Mark
from appconfig_rollback.state import Experiment

if TYPE_CHECKING:
    from concurrent.futures import Future

#: AppConfig API reference, `ExperimentRunResult`; the SDK does not check it.
_LONGEST_REASON = 1024


@dataclass(frozen=True)
class ExperimentRun:
    """One run of an experiment on a flag.

    `definition` is the id and `name` the name of the experiment definition. `shows_flag` says
    whether the control or any treatment has the flag on. `reasons` is what whoever stopped it gave
    as reasons not to launch.
    """

    definition: str
    name: str
    number: int
    running: bool
    shows_flag: bool
    reasons: str = ""

    @property
    def noted(self) -> Experiment:
        """Which run it is, as the state data has it."""
        return {"definition": self.definition, "name": self.name, "run": self.number}

    def __str__(self) -> str:
        return in_words(self.noted)


def in_words(run: Experiment) -> str:
    """Name a run, as it is named wherever people read of it."""
    return f"run {run['run']} of experiment {run['name']!r} ({run['definition']})"


class Experiments(Protocol):
    """What is asked of AppConfig's experiments; `adapters.experiments` answers."""

    def running(self, flag: str, known: Experiment | None = None) -> Sequence[ExperimentRun]:
        """List the runs of experiments on a flag that are RUNNING.

        `known` is a run that is read by its number besides: a list may be older than it.
        """

    def ended(
        self, flag: str, since: datetime, known: Experiment | None = None
    ) -> Sequence[ExperimentRun]:
        """List the runs of experiments on a flag that ended since a moment; `known` as above."""

    def all_ended(self, since: datetime) -> Sequence[ExperimentRun]:
        """List the runs of experiments on any flag of the profile that ended since a moment."""


class NoExperiments:
    """A profile that is no feature-flag profile: AppConfig knows no experiments on it."""

    def running(self, flag: str, known: Experiment | None = None) -> Sequence[ExperimentRun]:  # noqa: ARG002
        """List none."""
        return ()

    def flags(self) -> Sequence[str]:
        """Name none."""
        return ()

    def ended(
        self,
        flag: str,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
        known: Experiment | None = None,  # noqa: ARG002
    ) -> Sequence[ExperimentRun]:
        """List none."""
        return ()

    def all_ended(self, since: datetime) -> Sequence[ExperimentRun]:  # noqa: ARG002
        """List none."""
        return ()


class ReadAhead:
    """Experiments on flags whose running runs are read while other things are read.

    `flags` has the run of each that is read by its number besides, if any. `read` starts a call
    beside the others. Its error is raised where its answer is needed.
    """

    def __init__(
        self,
        experiments: Experiments,
        flags: Mapping[str, Experiment | None],
        read: Callable[..., Future[Sequence[ExperimentRun]]],
    ) -> None:
        self._running = {
            flag: read(experiments.running, flag, known) for flag, known in flags.items()
        }
        self.ended = experiments.ended
        self.all_ended = experiments.all_ended

    def running(self, flag: str, known: Experiment | None = None) -> Sequence[ExperimentRun]:  # noqa: ARG002
        """List the runs that were RUNNING when they were read."""
        return self._running[flag].result()


def showing(
    experiments: Experiments, flag: str, known: Experiment | None = None
) -> ExperimentRun | None:
    """Find a run by which users may get the flag now; None where there is none."""
    return next((run for run in experiments.running(flag, known) if run.shows_flag), None)


def reason_to_stop(mark: Mark, alarm_name: str, reason: str) -> str:
    """Write why a run is stopped: the mark first, by which a later execution recognises it."""
    return f"{mark} because alarm {alarm_name} went to ALARM: {reason}"[:_LONGEST_REASON]


def stop_command(application: str, run: Experiment, region: str) -> str:
    """Write the command with which a person stops a run."""
    return (
        f"aws appconfig stop-experiment-run --region {region} "
        f"--application-identifier {application} "
        f"--experiment-definition-identifier {run['definition']} --run {run['run']}"
    )
