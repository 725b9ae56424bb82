"""AppConfig in memory: one environment, and the profile in it that the stack watches.

Hosted versions have an optimistic lock and deployments another, there is one deployment at a time,
and it goes on when `advance` is called. A test may put things in place that no call brings about,
and have what it likes happen right before a call. It is asked by `appconfig_client`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from botocore.exceptions import ClientError

from appconfig_rollback.errors import InvalidConfigurationError
from appconfig_rollback.experiments import ExperimentRun
from tests.samples import FIRED, FLAG

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.state import Monitor
    from appconfig_rollback.untyped import Json

Lock = Literal["version", "deployment"]
LOCKS: frozenset[Lock] = frozenset({"version", "deployment"})

IN_PROGRESS = ("VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK")
#: In `AppConfig.meanwhile`, in place of an operation's name.
EVERY = "*"
UNDONE = ("ROLLING_BACK", "ROLLED_BACK", "REVERTED")

ON = '{"flags": {"new-checkout": {"enabled": true}, "other": {"enabled": true}}}'
OFF = '{"flags": {"new-checkout": {"enabled": false}, "other": {"enabled": true}}}'
BOTH_OFF = '{"flags": {"new-checkout": {"enabled": false}, "other": {"enabled": false}}}'
RELEASED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
#: Run 3 of an experiment that shows the flag; see `samples.experiment`.
SHOWING = ExperimentRun("exp1234", "checkout-test", 3, running=True, shows_flag=True)


class Details(TypedDict, total=False):
    """What may be said of a deployment, as in `Deployment`."""

    description: str
    by: str
    started_at: datetime
    minutes: float | None
    bake_minutes: float
    ours: bool
    managed: bool
    undone_by: str | None
    undone_at: datetime | None
    kms_key: str | None
    went_out: bool
    percentage: float


@dataclass
class Deployment:
    """A deployment of the profile, or of another one where it is not `ours`.

    `version` is a number or a label. It takes `minutes`, then `bake_minutes`; None is for an
    answer that does not tell. `by` and `stopped_by` are who called for it and for its end,
    `undone_by` and `undone_at` are what its log says of the latter, and `served` says whether it
    has ever been complete.
    """

    number: int
    state: str
    version: str
    started_at: datetime = RELEASED_AT
    description: str = ""
    by: str = ""
    minutes: float | None = 30
    bake_minutes: float = 0
    ours: bool = True
    managed: bool = False
    undone_by: str | None = None
    undone_at: datetime | None = None
    stopped_by: str | None = None
    kms_key: str | None = None
    went_out: bool = False
    percentage: float = 0.0
    served: bool = False

    def __post_init__(self) -> None:
        self.served = self.served or self.state == "COMPLETE"

    def complete(self) -> None:
        self.state, self.served = "COMPLETE", True


@dataclass
class AppConfig:
    """What AppConfig knows, and what was successfully asked of it.

    `written_by` are the versions' descriptions and `labels` their labels; `on` is the flag of each
    experiment that is not on `FLAG`, by its definition. A validator refuses what has the text
    `refuses` in it. What is under an operation's name in `meanwhile` happens right before it.
    """

    versions: dict[int, str] = field(default_factory=dict)
    written_by: dict[int, str] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    runs: list[ExperimentRun] = field(default_factory=list)
    type: str = "AWS.Freeform"
    content_type: str = "application/json"
    deployments: dict[int, Deployment] = field(default_factory=dict)
    monitors: list[Monitor] = field(default_factory=list)
    on: dict[str, str] = field(default_factory=dict)
    ended_at: dict[str, datetime] = field(default_factory=dict)
    locks: frozenset[Lock] = LOCKS
    refuses: str | None = None
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    asked: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def serving(cls, text: str = ON, **more: Any) -> AppConfig:
        """Version 3 is served since long before the alarm, and version 5 is somebody's draft.

        Deployment 7 serves it; deployment 8, of another profile, was rolled back.
        """
        made = cls({3: text, 5: ON}, {3: "by hand", 5: "a draft"}, **more)
        made.put(7, started_at=RELEASED_AT)
        made.put(8, "ROLLED_BACK", 1, ours=False)
        return made

    def put(
        self,
        number: int,
        state: str = "COMPLETE",
        version: int | str = 3,
        **more: Unpack[Details],
    ) -> Deployment:
        """Let there be a deployment, in place of the one of that number, if there is one."""
        told: Details = {"started_at": self.now(), **more}
        made = Deployment(number, state, str(version), **told)
        self.deployments[number] = made
        return made

    def release(self, number: int, version: int, text: str, by: str = "") -> None:
        """Let a version be served by a deployment that began 1 s after the alarm fired."""
        self.versions[version] = text
        self.put(number, version=version, description=by, started_at=FIRED + timedelta(seconds=1))

    def fail(self, error: Exception, *operations: str) -> None:
        """Answer operations with an error, or all of them where none is named."""

        def answer() -> None:
            raise error

        for operation in operations or [EVERY]:
            self.meanwhile[operation] = answer

    def end_runs(self, reason: str) -> None:
        """Let every run of an experiment be DONE, stopped for a reason."""
        self.runs = [replace(run, running=False, reasons=reason) for run in self.runs]

    def create(self, content: str, description: str = "", latest: int | None = None) -> int:
        """CreateHostedConfigurationVersion."""
        newest = max(self.versions, default=0)
        if latest is not None and latest != newest and "version" in self.locks:
            raise refusal("CreateHostedConfigurationVersion", 409, "ConflictException")
        self._validate(content)
        self.versions[newest + 1] = content
        self.written_by[newest + 1] = description
        return newest + 1

    def start(
        self, version: int | str, *, latest: int | None = None, **more: Unpack[Details]
    ) -> Deployment:
        """StartDeployment."""
        newest = max(self.deployments, default=0)
        stale = latest is not None and latest != newest and "deployment" in self.locks
        if stale or self.in_progress():
            raise refusal("StartDeployment", 409, "ConflictException")
        if str(version).isdecimal():
            self._validate(self.versions.get(int(version), ""))
        return self.put(newest + 1, "DEPLOYING", version, **more)

    def stop(self, number: int, by: str, *, allow_revert: bool) -> None:
        """StopDeployment."""
        found = self.deployments[number]
        if found.state == "DEPLOYING" or (found.state == "BAKING" and allow_revert):
            found.state = "ROLLING_BACK"
        elif found.state == "COMPLETE" and allow_revert:
            found.state = "REVERTED"
        else:
            raise refusal("StopDeployment", 400, "BadRequestException")
        found.undone_by, found.stopped_by = "USER", by

    def stop_run(self, definition: str, number: int, reason: str, by: str = "") -> None:
        """StopExperimentRun, which makes a deployment of AppConfig's own."""
        run = self.run(definition, number)
        if not run.running:
            raise refusal("StopExperimentRun", 400, "BadRequestException")
        if self.in_progress():
            raise refusal("StopExperimentRun", 409, "ConflictException")
        stopped = replace(run, running=False, reasons=reason)
        self.runs = [stopped if known is run else known for known in self.runs]
        self.ended_at[definition] = self.now()
        self.start(self.serves().version, by=by, managed=True).complete()

    def run(self, definition: str, number: int) -> ExperimentRun:
        """Find a run of an experiment."""
        for run in self.runs:
            if (run.definition, run.number) == (definition, number):
                return run
        raise refusal("GetExperimentRun", 404, "ResourceNotFoundException")

    def flag_of(self, run: ExperimentRun) -> str:
        """Return which flag an experiment is on."""
        return self.on.get(run.definition, FLAG)

    def in_progress(self) -> Deployment | None:
        """Find the deployment in progress."""
        return next((d for d in self.deployments.values() if d.state in IN_PROGRESS), None)

    def advance(self) -> None:
        """Let the deployment in progress reach its next phase."""
        found = self.in_progress()
        if found is None:
            return
        if found.state == "ROLLING_BACK":
            found.state = "ROLLED_BACK"
        elif found.state == "DEPLOYING" and found.bake_minutes:
            found.state = "BAKING"
        else:
            found.complete()

    def serves(self) -> Deployment:
        """Find the deployment whose version clients get."""
        return self.deployments[
            max(d.number for d in self.deployments.values() if d.state == "COMPLETE")
        ]

    def document(self, deployment: Deployment) -> Json:
        """Read what a deployment brings to clients."""
        return json.loads(self.versions[int(deployment.version)])

    def flags(self, deployment: Deployment) -> dict[str, bool]:
        """Read which flags a deployment has on."""
        document = self.document(deployment)
        flags = document["values" if "values" in document else "flags"]
        return {name: flag["enabled"] for name, flag in flags.items()}

    # What was asked of it.

    @property
    def created(self) -> list[tuple[str, str, int, str]]:
        """Text, content type, token of the lock and description of each version written."""
        return [
            (
                asked["Content"].decode(),
                asked["ContentType"],
                asked["LatestVersionNumber"],
                asked["Description"],
            )
            for asked in self.asked["CreateHostedConfigurationVersion"]
        ]

    @property
    def started(self) -> list[tuple[int, int, str, str | None]]:
        """Version, token of the lock, description and key of each deployment started."""
        return [
            (
                int(asked["ConfigurationVersion"]),
                asked["LatestDeploymentNumber"],
                asked["Description"],
                asked.get("KmsKeyIdentifier"),
            )
            for asked in self.asked["StartDeployment"]
        ]

    @property
    def stopped(self) -> list[tuple[int, bool]]:
        """Number of each deployment stopped, and whether a revert was allowed."""
        return [
            (asked["DeploymentNumber"], asked.get("AllowRevert", False))
            for asked in self.asked["StopDeployment"]
        ]

    @property
    def stopped_runs(self) -> list[tuple[str, int, str]]:
        """Experiment, number and reason of each run stopped."""
        return [
            (
                asked["ExperimentDefinitionIdentifier"],
                asked["Run"],
                asked["Result"]["ReasonsNotToLaunch"],
            )
            for asked in self.asked["StopExperimentRun"]
        ]

    @property
    def set_to(self) -> list[list[Monitor]]:
        """What the environment's monitors were set to."""
        return [asked["Monitors"] for asked in self.asked["UpdateEnvironment"]]

    @property
    def read(self) -> list[int]:
        """The versions that were read."""
        return [asked["VersionNumber"] for asked in self.asked["GetHostedConfigurationVersion"]]

    def _validate(self, content: str) -> None:
        if self.refuses is not None and self.refuses in content:
            raise InvalidConfigurationError(f"{self.refuses!r} is not allowed")


def refusal(operation: str, status: int, code: str) -> ClientError:
    """Make the error that boto3 raises."""
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )
