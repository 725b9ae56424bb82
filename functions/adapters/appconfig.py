"""AppConfig as the rollback sees it: one profile in one environment.

Only the control plane is used. The data plane serves feature flags in another format, so no
version may be built from what it returns (AppConfig user guide, "retrieving configuration data").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from adapters.aws import client, named_errors
from adapters.settings import setting
from rollback.errors import NothingDeployedError, NotHostedError, RefreshRequiredError
from rollback.flag_document import FlagDocument

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_appconfig.type_defs import DeploymentEventTypeDef

#: Deployment states that end by themselves (AppConfig API reference, `Deployment.State`).
IN_PROGRESS = frozenset({"VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK"})


@dataclass(frozen=True)
class Served:
    """What clients of the environment get once nothing is in progress.

    `version` and `deployment` are those of the newest COMPLETE deployment of the profile; a later
    one that was rolled back or reverted does not count. `latest_deployment` is the environment's
    newest, of whatever profile. `in_progress` is the deployment that is running now: AppConfig
    allows one per environment, its bake included (user guide, "Deploying feature flags").
    """

    version: int
    deployment: int
    latest_deployment: int
    in_progress: "DeploymentSummary | None"


@dataclass(frozen=True)
class DeploymentSummary:
    """A deployment as ListDeployments gives it; `ours` says whether it is of this profile."""

    number: int
    state: str
    profile_name: str
    ours: bool


@dataclass(frozen=True)
class DeploymentDetails:
    """A deployment as GetDeployment gives it; `ended_by` quotes its newest rollback event."""

    number: int
    state: str
    version: str
    description: str
    ended_by: str


@dataclass(frozen=True)
class HostedVersion:
    """The number and the description of a hosted configuration version."""

    number: int
    description: str


class AppConfigStore:
    """Reads and writes one configuration profile of one environment."""

    def __init__(
        self, appconfig: "AppConfigClient", application: str, environment: str, profile: str
    ) -> None:
        self._appconfig = appconfig
        self._application = application
        self._environment = environment
        self._profile = profile

    def profile_type(self) -> str:
        """Read the profile's type: `AWS.Freeform` or `AWS.AppConfig.FeatureFlags`.

        Raises:
            NotHostedError: the profile's documents live outside AppConfig's hosted store.
        """
        with named_errors(f"reading {self} (appconfig:GetConfigurationProfile)"):
            profile = self._appconfig.get_configuration_profile(
                ApplicationId=self._application, ConfigurationProfileId=self._profile
            )
            location, kind = profile["LocationUri"], profile.get("Type", "AWS.Freeform")
        if location != "hosted":
            raise NotHostedError(
                f"expected {self} to be hosted by AppConfig; its documents are at {location}, "
                "where this rollback cannot write a version"
            )
        return kind

    def served(self) -> Served:
        """Find out what the environment serves.

        The newest hosted version is not asked for: it may be a draft that nobody deployed.

        Raises:
            NothingDeployedError: no deployment of this profile has completed here.
        """
        latest, in_progress = 0, None
        for item in self._deployments():
            latest = max(latest, item["DeploymentNumber"])
            ours = self._is_ours(item)
            if item["State"] in IN_PROGRESS and in_progress is None:
                in_progress = DeploymentSummary(
                    item["DeploymentNumber"], item["State"], item["ConfigurationName"], ours
                )
            if ours and item["State"] == "COMPLETE":
                version = item["ConfigurationVersion"]
                if not version.isdecimal():
                    raise NotHostedError(
                        f"expected the number of a hosted version in deployment "
                        f"{item['DeploymentNumber']} of {self}; got {version!r}"
                    )
                return Served(int(version), item["DeploymentNumber"], latest, in_progress)
        raise NothingDeployedError(
            f"expected a completed deployment of {self}; its environment {self._environment} has "
            f"{latest or 'no'} deployment(s), none of them a completed one of this profile"
        )

    def document(self, version: int, profile_type: str) -> FlagDocument:
        """Read a hosted version."""
        with named_errors(
            f"reading version {version} of {self} (appconfig:GetHostedConfigurationVersion)"
        ):
            answer = self._appconfig.get_hosted_configuration_version(
                ApplicationId=self._application,
                ConfigurationProfileId=self._profile,
                VersionNumber=version,
            )
            return FlagDocument(answer["Content"].read(), answer["ContentType"], profile_type)

    def latest_version(self) -> HostedVersion:
        """Find the newest hosted version: the token of the optimistic lock.

        AWS does not document the order of ListHostedConfigurationVersions. One page does where it
        descends, as seen; otherwise all pages are read.
        """
        newest = HostedVersion(0, "")
        with named_errors(
            f"listing the versions of {self} (appconfig:ListHostedConfigurationVersions)"
        ):
            pages = self._appconfig.get_paginator("list_hosted_configuration_versions").paginate(
                ApplicationId=self._application, ConfigurationProfileId=self._profile
            )
            for page in pages:
                items = page["Items"]
                for item in items:
                    if item["VersionNumber"] > newest.number:
                        newest = HostedVersion(item["VersionNumber"], item.get("Description", ""))
                numbers = [item["VersionNumber"] for item in items]
                if len(numbers) > 1 and all(a > b for a, b in pairwise(numbers)):
                    break
        return newest

    def create_version(
        self, content: bytes, content_type: str, latest_version: int, description: str
    ) -> int:
        """Write a hosted version, unless somebody wrote one after `latest_version`.

        Raises:
            RefreshRequiredError: somebody did.
            InvalidConfigurationError: the profile's validators refuse the document.
        """
        with named_errors(
            f"creating a version of {self} after version {latest_version} "
            "(appconfig:CreateHostedConfigurationVersion)"
        ):
            answer = self._appconfig.create_hosted_configuration_version(
                ApplicationId=self._application,
                ConfigurationProfileId=self._profile,
                Content=content,
                ContentType=content_type,
                LatestVersionNumber=latest_version,
                Description=description,
            )
            return answer["VersionNumber"]

    def start_deployment(self, version: int, latest_deployment: int, description: str) -> int:
        """Deploy a version at once to all, unless there is a deployment after `latest_deployment`.

        Older SDKs do not know LatestDeploymentNumber and refuse it unsent. The SDK in the Lambda
        runtime may be such a one; then the number is compared right before the call instead.

        Raises:
            RefreshRequiredError: there is such a deployment, or one is in progress.
        """
        known = self._appconfig.meta.service_model.operation_model("StartDeployment").input_shape
        lock: dict[str, Any] = {}
        if "LatestDeploymentNumber" in known.members:  # type: ignore[union-attr]
            lock = {"LatestDeploymentNumber": latest_deployment}
        elif (now := self.served().latest_deployment) != latest_deployment:
            raise RefreshRequiredError(
                f"deployment {now} of environment {self._environment} came after deployment "
                f"{latest_deployment}, on which version {version} is based"
            )
        with named_errors(f"deploying version {version} of {self} (appconfig:StartDeployment)"):
            answer = self._appconfig.start_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                ConfigurationProfileId=self._profile,
                ConfigurationVersion=str(version),
                DeploymentStrategyId=setting("DEPLOYMENT_STRATEGY_ID"),
                Description=description,
                **lock,
            )
            return answer["DeploymentNumber"]

    def deployment(self, number: int) -> DeploymentDetails:
        """Read one deployment of the environment."""
        with named_errors(
            f"reading deployment {number} of environment {self._environment} "
            "(appconfig:GetDeployment)"
        ):
            answer = self._appconfig.get_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentNumber=number,
            )
            return DeploymentDetails(
                number=answer["DeploymentNumber"],
                state=answer["State"],
                version=answer["ConfigurationVersion"],
                description=answer.get("Description", ""),
                ended_by=_end(answer.get("EventLog", [])),
            )

    def __str__(self) -> str:
        return f"configuration profile {self._profile} of application {self._application}"

    def _deployments(self) -> Iterator[Any]:
        """List the environment's deployments, the newest first (API reference, ListDeployments)."""
        with named_errors(
            f"listing the deployments of environment {self._environment} of application "
            f"{self._application} (appconfig:ListDeployments)"
        ):
            pages = self._appconfig.get_paginator("list_deployments").paginate(
                ApplicationId=self._application, EnvironmentId=self._environment
            )
            for page in pages:
                yield from page["Items"]

    def _is_ours(self, item: Any) -> bool:  # noqa: ANN401 - newer than the stubs
        """Tell whether a listed deployment is of this profile.

        Older services list the profile's name alone, which may be ambiguous, so the deployment
        itself is asked then.
        """
        if "ConfigurationProfileId" in item:
            return bool(item["ConfigurationProfileId"] == self._profile)
        with named_errors("reading a listed deployment (appconfig:GetDeployment)"):
            answer = self._appconfig.get_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentNumber=item["DeploymentNumber"],
            )
            return answer["ConfigurationProfileId"] == self._profile


def _end(event_log: "Sequence[DeploymentEventTypeDef]") -> str:
    """Quote what rolled a deployment back; the log begins with the newest event (API reference)."""
    for event in event_log:
        if event.get("EventType") in {"ROLLBACK_STARTED", "REVERT_COMPLETED"}:
            return (
                f"{event.get('EventType')} triggered by {event.get('TriggeredBy')}: "
                f"{event.get('Description', '')}"
            )
    return "its event log names no rollback"


def connect() -> AppConfigStore:
    """Open the profile that the stack watches."""
    return AppConfigStore(
        client("appconfig"),
        setting("APPCONFIG_APPLICATION"),
        setting("APPCONFIG_ENVIRONMENT"),
        setting("APPCONFIG_PROFILE"),
    )
