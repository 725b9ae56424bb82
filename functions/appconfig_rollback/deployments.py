"""AppConfig's deployments and versions, in the terms of the rollback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from appconfig_rollback.times import iso

#: Deployment states that end by themselves (AppConfig API reference, `Deployment.State`).
IN_PROGRESS = frozenset({"VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK"})


@dataclass(frozen=True)
class Completed:
    """A completed deployment of the profile that somebody asked for.

    `version` is None where it is not the number of a hosted version: an older deployment may name
    a version by its label, and one of AppConfig's own may name whatever AppConfig puts there.
    """

    number: int
    version: int | None
    started_at: datetime


@dataclass(frozen=True)
class Running:
    """A deployment in progress.

    `ours` says whether it is of the profile at hand, `managed` whether it is AppConfig's own.
    """

    number: int
    state: str
    profile_name: str
    ours: bool
    managed: bool = False

    def named(self, details: DeploymentDetails) -> str:
        """Name it for people, with when it should end."""
        ends = details.should_end_at
        until = f", which should end at {iso(ends)}" if ends else ""
        return f"deployment {self.number} of profile {self.profile_name!r} ({details.state}){until}"


@dataclass(frozen=True)
class Served:
    """What clients of the environment get once nothing is in progress.

    `completed` are the profile's COMPLETE deployments, the newest first and at least that one; its
    `version` is what is served. A later one that was rolled back or reverted does not count, and
    neither does one of AppConfig's own (`DeploymentSummary.Type` MANAGED; AppConfig makes them for
    experiment runs, which is inferred). Those of the profile that completed after the newest of
    `completed` are `managed`. `latest_deployment` is the environment's newest, of whatever profile
    and type. `in_progress` is the one that runs now: AppConfig allows one per environment, its bake
    included (user guide, "Deploying a configuration"). `lately` are the numbers of the profile's
    deployments, of whatever state, that began since the moment that was asked for, and of the
    environment's newest before it: that one may have ended since.
    """

    latest_deployment: int
    in_progress: Running | None
    completed: tuple[Completed, ...]
    version: int
    managed: tuple[Completed, ...] = ()
    lately: tuple[int, ...] = ()

    @property
    def deployment(self) -> int:
        """The number of the deployment that serves it."""
        return self.completed[0].number

    def since(self, moment: datetime) -> list[Completed]:
        """List the completed deployments that began at a moment or later, at least the newest."""
        first, *older = self.completed
        return [first, *takewhile(lambda completed: completed.started_at >= moment, older)]


@dataclass(frozen=True)
class DeploymentDetails:
    """One deployment, read by its number.

    `started_at` and `should_end_at` are None where AppConfig does not tell. `undone_by` is who
    triggered its rollback (USER, APPCONFIG, CLOUDWATCH_ALARM, INTERNAL_ERROR), `undone_at` is when,
    where its event log says so, and `undoing` quotes that log. `kms_key` is the customer managed
    key that encrypts what it deploys, if any. `percentage` says to how many percent of the targets
    it has gone out (API reference, `PercentageComplete`), `went_out` whether its event log says
    that it has gone out to any.
    """

    number: int
    state: str
    version: str  # a number where the configuration is hosted
    description: str
    should_end_at: datetime | None
    undone_by: str | None
    undoing: str
    started_at: datetime | None = None
    kms_key: str | None = None
    percentage: float = 0.0
    went_out: bool = False
    undone_at: datetime | None = None


@dataclass(frozen=True)
class HostedVersions:
    """The newest hosted version, and the descriptions of the newest ones by number."""

    latest: int
    descriptions: dict[int, str]
