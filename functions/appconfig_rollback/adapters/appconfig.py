"""AppConfig as the rollback sees it: one profile in one environment.

Only the control plane is used. The data plane serves feature flags in another format, so no
version may be built from what it returns (AppConfig user guide, "retrieving configuration data").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.adapters.deployment_answers import completed_of, details_of, is_managed
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.deployments import (
    IN_PROGRESS,
    Completed,
    DeploymentDetails,
    HostedVersions,
    Running,
    Served,
)
from appconfig_rollback.errors import (
    InvalidConfigurationError,
    KmsKeyDeniedError,
    NothingDeployedError,
    NotHostedError,
    PermissionDeniedError,
    RequestRefusedError,
)
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.untyped import AwsAnswer

if TYPE_CHECKING:
    from botocore.paginate import PageIterator
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_appconfig.type_defs import (
        DeploymentsTypeDef,
        DeploymentSummaryTypeDef,
        MonitorTypeDef,
    )


class AppConfigStore:
    """Reads and writes one configuration profile of one environment.

    `strategy` is the id of the deployment strategy of what it deploys, if it deploys anything.
    """

    def __init__(
        self,
        appconfig: AppConfigClient,
        application: str,
        environment: str,
        profile: str,
        strategy: str = "",
        flags_at: str = "",
    ) -> None:
        self._appconfig = appconfig
        self._application = application
        self._environment = environment
        self._profile = profile
        self._strategy = strategy
        self._flags_at = flags_at

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

    def served(self, back_to: datetime | None = None) -> Served:
        """Find out what the environment serves, and what it served before.

        With `back_to` it also lists the deployments of the profile that began since then, and the
        environment's newest before, if that is the profile's: one at a time is in progress, so
        only that one can have ended since.

        The newest hosted version is not asked for: it may be a draft that nobody deployed. The
        list begins with the newest deployment (API reference, ListDeployments); it is read up to
        the end of the first page that has a completed deployment of this profile.

        Raises:
            NothingDeployedError: no deployment of this profile has completed here.
        """
        latest, in_progress, newest, is_back = 0, None, None, back_to is None
        lately: list[int] = []
        completed: list[Completed] = []
        managed: list[Completed] = []
        with self._listing_deployments() as pages:
            for page in pages:
                for item in page["Items"]:
                    latest = max(latest, item["DeploymentNumber"])
                    if back_to and not is_back:
                        is_back = "StartedAt" in item and item["StartedAt"] < back_to
                        if not is_managed(item) and self._is_ours(item):
                            lately.append(item["DeploymentNumber"])
                    if item["State"] in IN_PROGRESS:
                        in_progress = in_progress or self._running(item)
                    elif item["State"] != "COMPLETE" or not self._is_ours(item):
                        continue
                    elif is_managed(item):
                        managed += [] if completed else [completed_of(item)]
                    else:
                        newest = newest or item
                        completed.append(completed_of(item))
                if newest and is_back:
                    break
        if newest:
            version = self._number_of(newest)
            found = tuple(completed), version, tuple(managed), tuple(lately)
            return Served(latest, in_progress, *found)
        raise NothingDeployedError(
            f"expected a completed deployment of {self}; {self.place} has {latest or 'no'} "
            "deployment(s), none of them a completed one of this profile"
        )

    def completed(self) -> Iterator[Completed]:
        """List what the environment has served of the profile, the newest first, to the very first.

        Pages of the list are read as they are needed.
        """
        with self._listing_deployments() as pages:
            for page in pages:
                for item in page["Items"]:
                    if item["State"] == "COMPLETE" and not is_managed(item) and self._is_ours(item):
                        yield completed_of(item)

    def version(self, details: DeploymentDetails) -> int:
        """Find the number of the hosted version that a deployment of the profile names."""
        named = {"ConfigurationVersion": details.version, "DeploymentNumber": details.number}
        return self._number_of(named)

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
            content = answer["Content"].read()
            return FlagDocument(content, answer["ContentType"], profile_type, self._flags_at)

    def versions(self) -> HostedVersions:
        """Find the newest hosted version, the token of the optimistic lock, and who wrote what.

        AWS does not document the order of ListHostedConfigurationVersions. One page does where it
        descends, as seen; otherwise all pages are read.
        """
        descriptions: dict[int, str] = {}
        with named_errors(
            f"listing the versions of {self} (appconfig:ListHostedConfigurationVersions)"
        ):
            pages = self._appconfig.get_paginator("list_hosted_configuration_versions").paginate(
                ApplicationId=self._application, ConfigurationProfileId=self._profile
            )
            for page in pages:
                numbers = [item["VersionNumber"] for item in page["Items"]]
                for item in page["Items"]:
                    descriptions[item["VersionNumber"]] = item.get("Description", "")
                if len(numbers) > 1 and all(a > b for a, b in pairwise(numbers)):
                    break
        return HostedVersions(max(descriptions, default=0), descriptions)

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
            "(appconfig:CreateHostedConfigurationVersion)",
            validates=True,
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

    def start_deployment(
        self, version: int, latest_deployment: int, description: str, kms_key: str | None = None
    ) -> int:
        """Deploy a version, unless there is a deployment after `latest_deployment`.

        `kms_key` is the key that encrypts what is served now, so that what readers may decrypt
        stays so.

        Raises:
            RefreshRequiredError: there is such a deployment, or one is in progress.
            InvalidConfigurationError: the profile's validators refuse the version.
            KmsKeyDeniedError: the role may not use the key.
        """
        encrypted: dict[str, Any] = {"KmsKeyIdentifier": kms_key} if kms_key else {}
        doing = f"deploying version {version} of {self} (appconfig:StartDeployment)"
        with _named_key_errors(kms_key), named_errors(doing, validates=True):
            answer = self._appconfig.start_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                ConfigurationProfileId=self._profile,
                ConfigurationVersion=str(version),
                DeploymentStrategyId=self._strategy,
                Description=description,
                LatestDeploymentNumber=latest_deployment,
                **encrypted,
            )
            return answer["DeploymentNumber"]

    def deployment(self, number: int) -> DeploymentDetails:
        """Read one deployment of the environment."""
        with named_errors(f"reading deployment {number} of {self.place} (appconfig:GetDeployment)"):
            answer = self._appconfig.get_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentNumber=number,
            )
            return details_of(answer)

    def stop_deployment(self, number: int, *, revert: bool) -> DeploymentDetails:
        """Stop a deployment; clients get what was served before it. Returns its state then.

        Only a DEPLOYING one stops as it is; one that bakes needs AllowRevert, which undoes one that
        has completed, too: it is REVERTED then (API reference, StopDeployment).

        Raises:
            RequestRefusedError: it has just ended.
        """
        allowed: dict[str, Any] = {"AllowRevert": True} if revert else {}
        with named_errors(
            f"stopping deployment {number} of {self.place} (appconfig:StopDeployment)"
        ):
            answer = self._appconfig.stop_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentNumber=number,
                **allowed,
            )
            return details_of(answer)

    def monitors(self) -> list[MonitorTypeDef]:
        """Read the alarms that AppConfig watches during a deployment to the environment."""
        with named_errors(f"reading {self.place} (appconfig:GetEnvironment)"):
            answer = self._appconfig.get_environment(
                ApplicationId=self._application, EnvironmentId=self._environment
            )
            return answer.get("Monitors", [])

    def set_monitors(self, monitors: list[MonitorTypeDef]) -> None:
        """Replace the alarms that AppConfig watches."""
        with named_errors(
            f"changing the monitors of {self.place} (appconfig:UpdateEnvironment, iam:PassRole)"
        ):
            self._appconfig.update_environment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                Monitors=monitors,
            )

    @property
    def place(self) -> str:
        """The environment, for messages."""
        return f"environment {self._environment} of application {self._application}"

    def __str__(self) -> str:
        return f"configuration profile {self._profile} of application {self._application}"

    @contextmanager
    def _listing_deployments(self) -> Iterator[PageIterator[DeploymentsTypeDef]]:
        """Open the pages of the environment's deployments, the newest first."""
        with named_errors(f"listing the deployments of {self.place} (appconfig:ListDeployments)"):
            yield self._appconfig.get_paginator("list_deployments").paginate(
                ApplicationId=self._application, EnvironmentId=self._environment
            )

    def _is_ours(self, item: DeploymentSummaryTypeDef) -> bool:
        """Return whether a listed deployment is of this profile.

        Of AppConfig's own deployments it is not documented that the list names the profile: one
        that does not may be of this one.
        """
        if is_managed(item) and "ConfigurationProfileId" not in item:
            return True
        return item["ConfigurationProfileId"] == self._profile

    def _running(self, item: DeploymentSummaryTypeDef) -> Running:
        number, state = item["DeploymentNumber"], item["State"]
        name, ours = item["ConfigurationName"], self._is_ours(item)
        return Running(number, state, name, ours, is_managed(item))

    def _number_of(self, deployment: AwsAnswer) -> int:
        """Find the number of the hosted version that a deployment of the profile names.

        A deployment may name a version by its label; whether ConfigurationVersion has the label or
        the number then is not documented. A label is never a number (API reference,
        CreateHostedConfigurationVersion: it has at least one character that is no digit).
        """
        named = str(deployment["ConfigurationVersion"])
        if named.isdecimal():
            return int(named)
        with named_errors(
            f"looking up version {named!r} of {self} (appconfig:ListHostedConfigurationVersions)"
        ):
            answer = self._appconfig.list_hosted_configuration_versions(
                ApplicationId=self._application,
                ConfigurationProfileId=self._profile,
                VersionLabel=named,
            )
            numbers = [
                item["VersionNumber"]
                for item in answer["Items"]
                if item.get("VersionLabel") == named
            ]
        if not numbers:
            raise NotHostedError(
                f"expected the number or label of a hosted version in deployment "
                f"{deployment['DeploymentNumber']} of {self}; got {named!r}"
            )
        return int(max(numbers))


@contextmanager
def _named_key_errors(kms_key: str | None) -> Iterator[None]:
    """Say which permissions a key takes where a call that names it is refused because of it.

    By which error AppConfig answers that is not documented.
    """
    try:
        yield
    except (PermissionDeniedError, RequestRefusedError, InvalidConfigurationError) as error:
        denied = isinstance(error, PermissionDeniedError)
        if kms_key is None or not (denied or "kms" in str(error).lower()):
            raise
        raise KmsKeyDeniedError(
            f"{error}. What is served is encrypted with {kms_key}: to deploy with it, the role "
            "needs appconfig:StartDeployment and kms:GenerateDataKey on that key, in its own "
            "policy (the stack's parameter KmsKeyArns) and in the key's"
        ) from error


def connect() -> AppConfigStore:
    """Open the profile that the stack watches."""
    target = settings().target
    return AppConfigStore(
        client("appconfig"),
        target.application,
        target.environment,
        target.profile,
        settings().deployment_strategy,
        settings().flags_at,
    )
