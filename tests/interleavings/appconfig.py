"""AppConfig in memory: one application, one environment, one profile, by AWS's rules.

Hosted versions have an optimistic lock, deployments another; there is one deployment at a time; a
deployment goes from phase to phase when `advance` is called. `locks` can be taken away, to see
what they are good for.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from appconfig_rollback.untyped import Json

Lock = Literal["version", "deployment"]

IN_PROGRESS = ("DEPLOYING", "BAKING", "ROLLING_BACK")
STRATEGIES = {"at-once": (0, 0), "slow": (30, 30)}  # minutes of deployment and of bake


@dataclass
class Deployment:
    """A deployment; `by` is who started it, the turns tell when what happened."""

    number: int
    version: int
    description: str
    by: str
    strategy: str
    started_at: datetime
    started_in: int
    state: str = "DEPLOYING"
    completed_in: int | None = None
    stopped_by: str | None = None
    managed: bool = False


@dataclass
class Run:
    """A run of an experiment that shows a flag to users, whatever is deployed."""

    flag: str
    running: bool = True
    reason: str = ""
    stopped_at: datetime | None = None
    was_on: bool = False
    """Whether who stopped it had seen the flag on in what was served."""


@dataclass
class AppConfig:
    """What AppConfig knows. `now` and `turn` are the clocks of the run."""

    now: Callable[[], datetime]
    turn: Callable[[], int]
    locks: frozenset[Lock] = frozenset({"version", "deployment"})
    contents: dict[int, bytes] = field(default_factory=dict)
    descriptions: dict[int, str] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    profile_type: str = "AWS.Freeform"
    runs: list[Run] = field(default_factory=list)
    listed: dict[str, dict[str, bool]] = field(default_factory=dict)
    """Which flags were on in what was served as each execution last listed deployments."""

    def create(self, content: bytes, description: str = "", latest: int | None = None) -> int:
        """CreateHostedConfigurationVersion."""
        newest = max(self.contents, default=0)
        if latest is not None and latest != newest and "version" in self.locks:
            raise refused("CreateHostedConfigurationVersion", 409, "ConflictException")
        self.contents[newest + 1] = content
        self.descriptions[newest + 1] = description
        return newest + 1

    def start(
        self,
        version: int,
        by: str,
        *,
        description: str = "",
        strategy: str = "at-once",
        latest: int | None = None,
    ) -> Deployment:
        """StartDeployment."""
        newest = len(self.deployments)
        stale = latest is not None and latest != newest and "deployment" in self.locks
        if stale or self.in_progress():
            raise refused("StartDeployment", 409, "ConflictException")
        started = Deployment(
            newest + 1, version, description, by, strategy, self.now(), self.turn()
        )
        self.deployments.append(started)
        return started

    def stop(self, number: int, by: str, *, allow_revert: bool) -> None:
        """StopDeployment."""
        found = self.deployments[number - 1]
        if found.state == "DEPLOYING" or (found.state == "BAKING" and allow_revert):
            found.state, found.stopped_by = "ROLLING_BACK", by
        elif found.state == "COMPLETE" and allow_revert:
            found.state, found.stopped_by = "REVERTED", by
        else:
            raise refused("StopDeployment", 400, "BadRequestException")

    def stop_run(self, number: int, by: str, reason: str) -> None:
        """StopExperimentRun, which makes a deployment of AppConfig's own."""
        run = self.runs[number - 1]
        if not run.running:
            raise refused("StopExperimentRun", 400, "BadRequestException")
        if self.in_progress():
            raise refused("StopExperimentRun", 409, "ConflictException")
        run.running, run.reason, run.stopped_at = False, reason, self.now()
        run.was_on = self.listed[by][run.flag]
        made = self.start(self.serving().version, by)
        made.managed, made.state, made.completed_in = True, "COMPLETE", self.turn()

    def shows(self, flag: str) -> bool:
        """Return whether users get a flag from an experiment."""
        return any(run.running and run.flag == flag for run in self.runs)

    def in_progress(self) -> Deployment | None:
        """Find the deployment in progress."""
        return next((d for d in self.deployments if d.state in IN_PROGRESS), None)

    def advance(self) -> None:
        """Let the deployment in progress reach its next phase."""
        found = self.in_progress()
        if found is None:
            return
        baking = STRATEGIES[found.strategy][1] > 0
        after = {"ROLLING_BACK": "ROLLED_BACK", "BAKING": "COMPLETE", "DEPLOYING": "COMPLETE"}
        found.state = "BAKING" if found.state == "DEPLOYING" and baking else after[found.state]
        if found.state == "COMPLETE":
            found.completed_in = self.turn()

    def serving(self) -> Deployment:
        """Find the deployment whose version clients get."""
        return [d for d in self.deployments if d.state == "COMPLETE"][-1]

    def flags(self, version: int) -> dict[str, bool]:
        """Read which flags are on in a version."""
        document = json.loads(self.contents[version])
        flags = document["values" if "values" in document else "flags"]
        return {name: flag["enabled"] for name, flag in flags.items()}

    def served(self) -> Json:
        """Read the document that clients get."""
        return json.loads(self.contents[self.serving().version])


class AppConfigClient:
    """The part of boto3's client that `appconfig_rollback.adapters.appconfig` uses."""

    def __init__(self, store: AppConfig, before_call: Callable[[str], str]) -> None:
        self._store = store
        self._before_call = before_call  # gives the caller's name

    def get_configuration_profile(self, **_: str) -> dict[str, Any]:
        self._before_call("GetConfigurationProfile")
        return {"LocationUri": "hosted", "Type": self._store.profile_type}

    def get_hosted_configuration_version(self, **asked: Any) -> dict[str, Any]:
        self._before_call("GetHostedConfigurationVersion")
        content = self._store.contents[asked["VersionNumber"]]
        return {"Content": io.BytesIO(content), "ContentType": "application/json"}

    def create_hosted_configuration_version(self, **asked: Any) -> dict[str, Any]:
        self._before_call("CreateHostedConfigurationVersion")
        number = self._store.create(
            asked["Content"], asked["Description"], asked["LatestVersionNumber"]
        )
        return {"VersionNumber": number}

    def start_deployment(self, **asked: Any) -> dict[str, Any]:
        by = self._before_call("StartDeployment")
        started = self._store.start(
            int(asked["ConfigurationVersion"]),
            by,
            description=asked["Description"],
            latest=asked["LatestDeploymentNumber"],
        )
        return {"DeploymentNumber": started.number}

    def stop_deployment(self, **asked: Any) -> dict[str, Any]:
        by = self._before_call("StopDeployment")
        self._store.stop(
            asked["DeploymentNumber"], by, allow_revert=asked.get("AllowRevert", False)
        )
        return self._described(asked["DeploymentNumber"])

    def get_deployment(self, **asked: Any) -> dict[str, Any]:
        self._before_call("GetDeployment")
        return self._described(asked["DeploymentNumber"])

    def _described(self, number: int) -> dict[str, Any]:
        found = self._store.deployments[number - 1]
        duration, bake = STRATEGIES[found.strategy]
        return {
            "ConfigurationProfileId": "prof123",
            "DeploymentNumber": found.number,
            "State": found.state,
            "ConfigurationVersion": str(found.version),
            "Description": found.description,
            "StartedAt": found.started_at,
            "DeploymentDurationInMinutes": duration,
            "FinalBakeTimeInMinutes": bake,
            "EventLog": [{"EventType": "ROLLBACK_STARTED", "TriggeredBy": "USER"}]
            if found.stopped_by
            else [],
        }

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)

    def list_deployments(self) -> list[dict[str, Any]]:
        by = self._before_call("ListDeployments")
        self._store.listed[by] = self._store.flags(self._store.serving().version)
        return [
            {
                "DeploymentNumber": found.number,
                "State": found.state,
                "ConfigurationVersion": str(found.version),
                "ConfigurationName": "feature-flags",
                "ConfigurationProfileId": "prof123",
                "StartedAt": found.started_at,
                "Type": "MANAGED" if found.managed else "USER",
            }
            for found in reversed(self._store.deployments)
        ]

    def list_experiment_definitions(self, **_: str) -> list[dict[str, Any]]:
        self._before_call("ListExperimentDefinitions")
        return [
            {"Id": f"exp{number}", "FlagKey": run.flag}
            for number, run in enumerate(self._store.runs, 1)
        ]

    def list_experiment_runs(self, **which: str) -> list[dict[str, Any]]:
        self._before_call("ListExperimentRuns")
        number = int(which["ExperimentDefinitionIdentifier"].removeprefix("exp"))
        run = self._store.runs[number - 1]
        running = which["Status"] == "RUNNING"
        ended = {} if run.stopped_at is None else {"EndedAt": run.stopped_at}
        return [{"Run": number, **ended}] if run.running is running else []

    def get_experiment_run(self, **asked: Any) -> dict[str, Any]:
        self._before_call("GetExperimentRun")
        run = self._store.runs[asked["Run"] - 1]
        return {
            "Status": "RUNNING" if run.running else "DONE",
            "Result": {"ReasonsNotToLaunch": run.reason},
            "ExperimentDefinitionSnapshot": {
                "Name": "test",
                "Control": {"FlagValue": {"Enabled": False}},
                "Treatments": [{"FlagValue": {"Enabled": True}}],
            },
        }

    def stop_experiment_run(self, **asked: Any) -> dict[str, Any]:
        by = self._before_call("StopExperimentRun")
        self._store.stop_run(asked["Run"], by, asked["Result"]["ReasonsNotToLaunch"])
        return {"Status": "DONE"}

    def list_hosted_configuration_versions(self) -> list[dict[str, Any]]:
        self._before_call("ListHostedConfigurationVersions")
        return [
            {"VersionNumber": number, "Description": self._store.descriptions[number]}
            for number in reversed(self._store.contents)
        ]


class Pages:
    """A paginator: one page."""

    def __init__(self, client: AppConfigClient, operation: str) -> None:
        self._client = client
        self._operation = operation

    def paginate(self, **asked: str) -> Iterator[dict[str, Any]]:
        filtered = asked if "experiment" in self._operation else {}
        yield {"Items": getattr(self._client, self._operation)(**filtered)}


def refused(operation: str, status: int, code: str) -> ClientError:
    """Make the error that boto3 raises."""
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )
