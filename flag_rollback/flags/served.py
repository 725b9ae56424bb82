"""Reads what an environment serves, and what it served before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from appconfig_rollback.errors import RollbackError
from appconfig_rollback.flag_document import FlagDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_appconfig import AppConfigClient

    from flag_rollback.watched import Place

IN_PROGRESS = ("VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK")


@dataclass(frozen=True)
class Deployment:
    """A deployment of the environment; `ours` says whether it is of the watched profile."""

    number: int
    state: str
    version: str
    percentage: float
    ours: bool


@dataclass(frozen=True)
class Standing:
    """Where a flag stands: `state` is `on`, `off` or `unknown`, and `because` says why unknown.

    `percentage` is None where the flag has none; `deployed_by` is the description of the
    deployment that released what is served; `in_progress` is one that is running now.
    """

    state: str
    because: str = ""
    percentage: float | None = None
    version: int | None = None
    deployment: int | None = None
    deployed_by: str = ""
    in_progress: Deployment | None = None

    @property
    def serving(self) -> float:
        """To how many percent of the traffic the flag is on."""
        if self.state == "off":
            return 0.0
        return 100.0 if self.percentage is None else self.percentage


class Profile:
    """One configuration profile in one environment, read through AppConfig's control plane."""

    def __init__(self, appconfig: AppConfigClient, place: Place) -> None:
        self.appconfig = appconfig
        self.place = place
        self._documents: dict[int, FlagDocument] = {}

    @cached_property
    def described(self) -> Any:  # noqa: ANN401 - newer than some stubs
        """The profile as AppConfig describes it."""
        return self.appconfig.get_configuration_profile(
            ApplicationId=self.place.application, ConfigurationProfileId=self.place.profile
        )

    @property
    def type(self) -> str:
        """`AWS.Freeform` or `AWS.AppConfig.FeatureFlags`."""
        return str(self.described.get("Type", "AWS.Freeform"))

    def deployments(self) -> Iterator[Deployment]:
        """List the environment's deployments, the newest first."""
        pages = self.appconfig.get_paginator("list_deployments").paginate(
            ApplicationId=self.place.application, EnvironmentId=self.place.environment
        )
        for page in pages:
            for item in page["Items"]:
                yield Deployment(
                    item["DeploymentNumber"],
                    item["State"],
                    item["ConfigurationVersion"],
                    item.get("PercentageComplete", 0.0),
                    self._is_ours(item),
                )

    def completed(self) -> Iterator[Deployment]:
        """List what the environment has served, the newest first."""
        for deployment in self.deployments():
            hosted = deployment.version.isdecimal()
            if deployment.ours and deployment.state == "COMPLETE" and hosted:
                yield deployment

    def document(self, version: int) -> FlagDocument:
        """Read a hosted version; versions never change, so each is read once."""
        if version not in self._documents:
            answer = self.appconfig.get_hosted_configuration_version(
                ApplicationId=self.place.application,
                ConfigurationProfileId=self.place.profile,
                VersionNumber=version,
            )
            self._documents[version] = FlagDocument(
                answer["Content"].read(), answer["ContentType"], self.type, self.place.flags_at
            )
        return self._documents[version]

    def description(self, deployment: int) -> str:
        """Read what a deployment says of itself."""
        answer = self.appconfig.get_deployment(
            ApplicationId=self.place.application,
            EnvironmentId=self.place.environment,
            DeploymentNumber=deployment,
        )
        return answer.get("Description", "")

    def flags(self, version: int) -> list[str]:
        """Name the flags of a version, in the order of the document."""
        return self.document(version).flags()

    def opted_out(self, version: int, flag: str) -> bool:
        """Whether the flag's own policy is that no rollback touches it."""
        try:
            return self.document(version).policy(flag) == "off"
        except RollbackError:
            return False

    def served_version(self) -> int | None:
        """The version that is served now."""
        return next((int(deployment.version) for deployment in self.completed()), None)

    def standing(self, flag: str) -> Standing:
        """Find out where a flag stands now."""
        served = in_progress = None
        for deployment in self.deployments():
            if deployment.state in IN_PROGRESS and in_progress is None:
                in_progress = deployment
            if deployment.ours and deployment.state == "COMPLETE":
                served = deployment
                break
        if served is None or not served.version.isdecimal():
            return Standing("unknown", "nothing of this profile is deployed there")
        version = int(served.version)
        try:
            document = self.document(version)
            state = "on" if document.is_on(flag) else "off"
        except RollbackError as error:
            return Standing("unknown", str(error), version=version, deployment=served.number)
        return Standing(
            state,
            percentage=document.percentage(flag),
            version=version,
            deployment=served.number,
            deployed_by=self.description(served.number),
            in_progress=in_progress,
        )

    def _is_ours(self, item: Any) -> bool:  # noqa: ANN401
        """Tell whether a listed deployment is of this profile; older services name it only."""
        if "ConfigurationProfileId" in item:
            return bool(item["ConfigurationProfileId"] == self.place.profile)
        return bool(item.get("ConfigurationName") == self.described["Name"])


def of_profile(appconfig: AppConfigClient, place: Place) -> Profile:
    """Open the profile, which must be a hosted one."""
    profile = Profile(appconfig, place)
    location = profile.described["LocationUri"]
    if location != "hosted":
        raise click.ClickException(
            f"profile {place.profile} is not hosted by AppConfig; its documents are at {location}"
        )
    return profile
