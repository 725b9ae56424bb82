"""The AppConfig in memory answers as the embedded cloud does, whatever is asked in a row."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.appconfig import AppConfig
from tests.appconfig_client import AppConfigClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

Asked = tuple[str, int, bool]
#: What is asked in a row: an operation, which of the numbers there are, and whether a lock is old
#: or a revert is allowed.
ASKED = st.lists(
    st.tuples(
        st.sampled_from(
            ["create", "read", "versions", "start", "slowly", "bake", "get", "list", "stop"]
        ),
        st.integers(0, 3),
        st.booleans(),
    ),
    min_size=4,
    max_size=14,
)
#: Minutes of a deployment, and of its bake: what takes minutes stays as it is meanwhile.
_STRATEGIES = {"start": (0, 0), "slowly": (30, 0), "bake": (0, 30)}


@dataclass
class Place:
    """An AppConfig to ask; `settle` lets what takes no time happen, with a new deployment."""

    client: Any
    ids: dict[str, str]
    environment: dict[str, str]
    strategies: dict[str, str]
    settle: Callable[[str], None]
    versions: int = 0
    deployments: int = 0

    def ask(self, what: str, which: int, flag: bool) -> object:
        """Ask one thing; returns what matters of the answer, or the error's code."""
        try:
            return self._ask(what, which, flag)
        except ClientError as error:
            return error.response["Error"]["Code"]

    def _ask(self, what: str, which: int, flag: bool) -> object:
        version = 1 + which % max(self.versions, 1)
        number = 1 + which % max(self.deployments, 1)
        profile, environment = self.ids, self.environment
        match what:
            case "create":
                created = self.client.create_hosted_configuration_version(
                    **profile,
                    Content=json.dumps({"flags": {"a": {"enabled": flag}}}).encode(),
                    ContentType="application/json",
                    LatestVersionNumber=max(self.versions - (which == 0), 0),
                    Description=f"version {which}",
                )
                self.versions = created["VersionNumber"]
                return self.versions
            case "read":
                answer = self.client.get_hosted_configuration_version(
                    **profile, VersionNumber=1 + which
                )
                return json.loads(answer["Content"].read()), answer["ContentType"]
            case "versions":
                pages = self.client.get_paginator("list_hosted_configuration_versions")
                (page,) = pages.paginate(**profile)
                return [(each["VersionNumber"], each["Description"]) for each in page["Items"]]
            case "start" | "slowly" | "bake":
                if not self.versions:
                    return None
                started = self.client.start_deployment(
                    **profile,
                    **environment,
                    ConfigurationVersion=str(version),
                    DeploymentStrategyId=self.strategies[what],
                    LatestDeploymentNumber=max(self.deployments - (which == 0 and flag), 0),
                    Description=f"deployment of {version}",
                )
                self.deployments = started["DeploymentNumber"]
                self.settle(what)
                return self.deployments
            case "get":
                if not self.deployments:
                    return None
                found = self.client.get_deployment(
                    ApplicationId=self.ids["ApplicationId"], **environment, DeploymentNumber=number
                )
                return _matters(found), found["Description"], _undone_by(found)
            case "list":
                pages = self.client.get_paginator("list_deployments")
                (page,) = pages.paginate(ApplicationId=self.ids["ApplicationId"], **environment)
                return [(each["DeploymentNumber"], *_matters(each)) for each in page["Items"]]
            case "stop":
                if not self.deployments:
                    return None
                stopped = self.client.stop_deployment(
                    ApplicationId=self.ids["ApplicationId"],
                    **environment,
                    DeploymentNumber=number,
                    AllowRevert=flag,
                )
                self.settle("stop")
                return stopped["DeploymentNumber"]
        raise NotImplementedError(what)


def _matters(found: dict[str, Any]) -> tuple[str, str]:
    return found["State"], found["ConfigurationVersion"]


def _undone_by(found: dict[str, Any]) -> object:
    undone = ("ROLLBACK_STARTED", "REVERT_COMPLETED")
    events = [each for each in found["EventLog"] if each["EventType"] in undone]
    return events[0].get("TriggeredBy") if events else None


def _in_memory() -> Place:
    store = AppConfig()

    def settle(what: str) -> None:
        found = store.in_progress()
        if found and what != "stop":
            found.minutes, found.bake_minutes = _STRATEGIES[what]
        if what != "slowly":  # which takes longer than a test
            store.advance()

    names = ("ApplicationId", "ConfigurationProfileId")
    return Place(
        AppConfigClient(store),
        dict.fromkeys(names, "here"),
        {"EnvironmentId": "here"},
        dict.fromkeys(_STRATEGIES, "here"),
        settle,
    )


def _in_the_cloud(cloud: EmbeddedCloud) -> Place:
    client = cloud.client("appconfig")
    application = client.create_application(Name=f"orders-{uuid.uuid4().hex[:8]}")["Id"]
    profile = client.create_configuration_profile(
        ApplicationId=application, Name="flags", LocationUri="hosted"
    )["Id"]
    environment = client.create_environment(ApplicationId=application, Name="here")["Id"]
    strategies = {
        name: client.create_deployment_strategy(
            Name=f"orders-{uuid.uuid4().hex[:8]}",
            DeploymentDurationInMinutes=minutes,
            FinalBakeTimeInMinutes=bake,
            GrowthFactor=100,
            ReplicateTo="NONE",
        )["Id"]
        for name, (minutes, bake) in _STRATEGIES.items()
    }
    return Place(
        client,
        {"ApplicationId": application, "ConfigurationProfileId": profile},
        {"EnvironmentId": environment},
        strategies,
        lambda _what: None,
    )


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=ASKED)
def test_it_answers_as_the_embedded_cloud_does(
    filled_cloud: EmbeddedCloud, asked: list[Asked]
) -> None:
    memory, cloud = _in_memory(), _in_the_cloud(filled_cloud)

    for each in asked:
        assert memory.ask(*each) == cloud.ask(*each), each
