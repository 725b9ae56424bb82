"""AppConfig: what the rollback relies on and MiniStack lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.demo_flags import DemoFlags, create_demo_flags, release
from local.stack import StackFailedError, create
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


@pytest.fixture
def flags(cloud: EmbeddedCloud) -> DemoFlags:
    return create_demo_flags(cloud)


def create_version(cloud: EmbeddedCloud, flags: DemoFlags, label: str = "first-1") -> int:
    return cloud.client("appconfig").create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=b"{}",
        ContentType="application/json",
        VersionLabel=label,
    )["VersionNumber"]


def test_a_stale_latest_version_number_is_a_conflict(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    appconfig = cloud.client("appconfig")
    with pytest.raises(appconfig.exceptions.ConflictException):
        appconfig.create_hosted_configuration_version(
            ApplicationId=flags.application_id,
            ConfigurationProfileId=flags.profile_id,
            Content=b"{}",
            ContentType="application/json",
            LatestVersionNumber=7,
        )
    created = appconfig.create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=b"{}",
        ContentType="application/json",
        LatestVersionNumber=1,
    )
    assert created["VersionNumber"] == 2


def test_a_version_keeps_its_description(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    created = appconfig.create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=b"{}",
        ContentType="application/json",
        Description="Rollback of new-checkout",
    )
    read = appconfig.get_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        VersionNumber=created["VersionNumber"],
    )
    listed = appconfig.list_hosted_configuration_versions(
        ApplicationId=flags.application_id, ConfigurationProfileId=flags.profile_id
    )["Items"]
    described = [item.get("Description") for item in listed if item["VersionNumber"] == 2]
    assert created["Description"] == "Rollback of new-checkout"
    assert read["Description"] == "Rollback of new-checkout"
    assert described == ["Rollback of new-checkout"]


def test_deployments_are_listed_newest_first(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    for _ in range(2):
        release(cloud, flags, "{}")
    listed = cloud.client("appconfig").list_deployments(
        ApplicationId=flags.application_id, EnvironmentId=flags.environment_id
    )["Items"]
    assert [item["DeploymentNumber"] for item in listed] == [3, 2, 1]


def test_deployments_name_their_profile(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    [item] = cloud.client("appconfig").list_deployments(
        ApplicationId=flags.application_id, EnvironmentId=flags.environment_id
    )["Items"]
    assert item["ConfigurationProfileId"] == flags.profile_id


def test_deployments_come_in_pages(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    for _ in range(4):
        release(cloud, flags, "{}")
    pages = cloud.client("appconfig").get_paginator("list_deployments")
    numbers = [
        [item["DeploymentNumber"] for item in page["Items"]]
        for page in pages.paginate(
            ApplicationId=flags.application_id,
            EnvironmentId=flags.environment_id,
            PaginationConfig={"PageSize": 2},
        )
    ]
    assert numbers == [[5, 4], [3, 2], [1]]


def test_no_page_of_deployments_is_longer_than_50(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    with pytest.raises(appconfig.exceptions.BadRequestException):
        appconfig.list_deployments(
            ApplicationId=flags.application_id,
            EnvironmentId=flags.environment_id,
            MaxResults=51,
        )


def test_hosted_versions_come_newest_first_in_pages(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    for _ in range(2):
        create_version(cloud, flags)
    pages = cloud.client("appconfig").get_paginator("list_hosted_configuration_versions")
    numbers = [
        [item["VersionNumber"] for item in page["Items"]]
        for page in pages.paginate(
            ApplicationId=flags.application_id,
            ConfigurationProfileId=flags.profile_id,
            PaginationConfig={"PageSize": 2},
        )
    ]
    assert numbers == [[3, 2], [1]]


def test_hosted_versions_are_filtered_by_label(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    wanted = create_version(cloud, flags, "rollback-1")
    create_version(cloud, flags, "release-1")
    listed = cloud.client("appconfig").list_hosted_configuration_versions(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        VersionLabel="rollback-*",
    )["Items"]
    assert [item["VersionNumber"] for item in listed] == [wanted]


def test_a_stack_cannot_make_a_strategy_with_a_longer_name_than_64(cloud: EmbeddedCloud) -> None:
    strategy = {
        "Type": "AWS::AppConfig::DeploymentStrategy",
        "Properties": {
            "Name": "n" * 65,
            "DeploymentDurationInMinutes": 0,
            "GrowthFactor": 100,
            "ReplicateTo": "NONE",
        },
    }
    document = {"Resources": {"TooLong": strategy}}
    with pytest.raises(StackFailedError, match=r"TooLong .*expected maxLength: 64, actual: 65"):
        create(cloud.client("cloudformation"), "too-long", document, {})
