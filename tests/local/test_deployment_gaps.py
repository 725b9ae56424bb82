"""AppConfig: deployments of labelled versions, with KMS keys, and who made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.demo_flags import DemoFlags, create_demo_flags, read_as_client
from tests.local.acting import acting_as, allow
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from mypy_boto3_appconfig.type_defs import DeploymentTypeDef

    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def flags(cloud: EmbeddedCloud) -> DemoFlags:
    return create_demo_flags(cloud)


def deploy(
    cloud: EmbeddedCloud, flags: DemoFlags, version: str, key: str | None = None
) -> DeploymentTypeDef:
    """Deploy a version and read the deployment."""
    appconfig = cloud.client("appconfig")
    encrypted: dict[str, Any] = {"KmsKeyIdentifier": key} if key else {}
    started = appconfig.start_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        ConfigurationProfileId=flags.profile_id,
        ConfigurationVersion=version,
        DeploymentStrategyId=flags.strategy_id,
        **encrypted,
    )
    read = appconfig.get_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        DeploymentNumber=started["DeploymentNumber"],
    )
    for name in ("VersionLabel", "KmsKeyIdentifier", "KmsKeyArn"):
        assert started.get(name) == read.get(name)
    return read


def create_version(cloud: EmbeddedCloud, flags: DemoFlags, content: bytes, label: str) -> None:
    cloud.client("appconfig").create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=content,
        ContentType="application/json",
        VersionLabel=label,
    )


def test_deployments_that_a_user_made_are_listed_so(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    [item] = cloud.client("appconfig").list_deployments(
        ApplicationId=flags.application_id, EnvironmentId=flags.environment_id
    )["Items"]
    assert item["Type"] == "USER"


def test_clients_get_a_version_that_was_deployed_by_its_label(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    create_version(cloud, flags, b'{"wanted": true}', "release-7")
    create_version(cloud, flags, b'{"wanted": false}', "release-77")

    deployed = deploy(cloud, flags, "release-7")
    listed = cloud.client("appconfig").list_deployments(
        ApplicationId=flags.application_id, EnvironmentId=flags.environment_id
    )["Items"][0]

    assert read_as_client(cloud, flags) == {"wanted": True}
    assert deployed["VersionLabel"] == "release-7"
    assert listed["VersionLabel"] == "release-7"


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        (KEY, KEY),
        (KEY.rpartition("/")[-1], KEY),
        ("alias/flags", "arn:aws:kms:us-east-1:123456789012:alias/flags"),
    ],
    ids=["arn", "id", "alias"],
)
def test_a_deployment_keeps_its_key(
    cloud: EmbeddedCloud, flags: DemoFlags, key: str, arn: str
) -> None:
    deployed = deploy(cloud, flags, "1", key)
    assert deployed["KmsKeyIdentifier"] == key
    assert deployed["KmsKeyArn"] == arn
    assert "KmsKeyArn" not in deploy(cloud, flags, "1")


def test_who_deploys_with_a_key_needs_it_allowed(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    deploying = allow("appconfig:StartDeployment")
    asked: dict[str, Any] = {
        "ApplicationId": flags.application_id,
        "EnvironmentId": flags.environment_id,
        "ConfigurationProfileId": flags.profile_id,
        "ConfigurationVersion": "1",
        "DeploymentStrategyId": flags.strategy_id,
    }

    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        acting_as(cloud, "appconfig", deploying).start_deployment(**asked, KmsKeyIdentifier=KEY)

    with_key = acting_as(cloud, "appconfig", deploying, allow("kms:GenerateDataKey", resource=KEY))
    with_key.start_deployment(**asked, KmsKeyIdentifier=KEY)
