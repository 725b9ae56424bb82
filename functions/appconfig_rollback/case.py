"""What a decision is made from: what was seen, what is allowed, and what was done before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from appconfig_rollback.deployments import Completed, DeploymentDetails, HostedVersions, Served
from appconfig_rollback.experiments import Experiments
from appconfig_rollback.exposure import Store
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.mark import Mark
from appconfig_rollback.state import (
    Alarm,
    Execution,
    Experiment,
    InTheWay,
    OthersWork,
    OwnWork,
    StoppedDeployment,
)
from appconfig_rollback.times import moment

Kind = Literal[
    "roll_back",
    "wait",
    "stop_rollout",
    "stop_experiment",
    "already_off",
    "coalesced",
    "rollout_stopped",
    "experiment_stopped",
    "duplicate",
    "dry_run",
    "opted_out",
]


@dataclass(frozen=True)
class Deployed:
    """A deployment of the profile that completed, with the mark of the execution that made it."""

    completed: Completed
    details: DeploymentDetails
    mark: Mark | None


@dataclass(frozen=True)
class Look:
    """What was seen of AppConfig at one moment.

    `document` is the one that is served. `since` are the deployments that completed since the alarm
    fired, the newest first and at least that one. `versions` are read only where one may be
    written.
    """

    served: Served
    document: FlagDocument
    since: tuple[Deployed, ...]
    versions: Callable[[], HostedVersions]
    now: datetime


@dataclass(frozen=True)
class Rules:
    """What the stack allows.

    `mode` is `auto` or `notify`. `stop_others` allows it to stop another profile's deployment,
    `stop_experiments` to stop an experiment on the flag.
    """

    mode: str
    stop_others: bool
    stop_experiments: bool


@dataclass(frozen=True)
class Done:
    """What this execution has stopped so far, if anything.

    `found` is the experiment's run that it went to stop, whoever stopped it in the end.
    `refused` says that AppConfig has refused a version of its own that was more than the switch.
    """

    stopped: Sequence[StoppedDeployment] = ()
    experiment: Experiment | None = None
    refused: bool = False
    found: Experiment | None = None


@dataclass(frozen=True)
class Case:
    """An execution that answers an alarm, and all that its decision is made from.

    `is_running` tells of another execution of this machine, by its name, whether it is running.
    """

    alarm: Alarm
    execution: Execution
    look: Look
    rules: Rules
    done: Done
    store: Store
    experiments: Experiments
    is_running: Callable[[str], bool]

    @property
    def flag(self) -> str:
        """The flag that the alarm names."""
        return self.alarm["flag"]

    @property
    def fired_at(self) -> datetime:
        """When the alarm went to ALARM."""
        return moment(self.alarm["transitionedAt"])

    def wrote(self, mark: Mark | None) -> bool:
        """Return whether this execution left a mark."""
        return mark is not None and mark.written_by(self.execution["Name"])

    def document(self, version: int) -> FlagDocument:
        """Read a hosted version."""
        return self.store.document(version, self.look.document.profile_type)


@dataclass(frozen=True)
class Decision:
    """What is to be done, and the facts that the next step needs for it.

    `in_the_way` is the deployment to stop for `stop_rollout`, and the one that this execution has
    stopped for `rollout_stopped`. `experiment` is the run to stop for `stop_experiment`, and
    otherwise the one that this execution has stopped.
    """

    kind: Kind
    reason: str = ""
    own: OwnWork | None = None
    by: OthersWork | None = None
    in_the_way: InTheWay | None = None
    experiment: Experiment | None = None


OPTED_OUT = Decision("opted_out", "the flag says rollback: off")


def duplicate_of(execution: str) -> Decision:
    """Decide that another execution answers the very same transition."""
    return Decision("duplicate", f"execution {execution} answers the same transition")
