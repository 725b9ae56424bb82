"""AppConfig: a profile's validators refuse versions and deployments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.demo_flags import DemoFlags, create_demo_flags
from local.packaging import zipped
from local.validating import Moments
from tests.local.gaps import on_both_clouds
from tests.local.machines import create_role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import AwsAnswer
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

SCHEMA = json.dumps({"type": "object", "properties": {"limit": {"maximum": 10}}})
FUNCTION = """
import base64, json
def handler(event, context):
    limit = json.loads(base64.b64decode(event["content"]))["limit"]
    if limit > 10:
        raise ValueError(f"{limit} is too much for {event['configurationProfileId']}")
"""
MOMENTS = [Moments(on_creation=True, on_start=False), Moments(on_creation=False)]
IDS = ["on creation", "on start"]


@pytest.fixture
def flags(cloud: EmbeddedCloud) -> Iterator[DemoFlags]:
    yield create_demo_flags(cloud, b'{"limit": 1}')
    cloud.validating.set(Moments())


def validated_by(cloud: EmbeddedCloud, flags: DemoFlags, kind: str, content: str) -> None:
    cloud.client("appconfig").update_configuration_profile(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Validators=[{"Type": kind, "Content": content}],  # type: ignore[typeddict-item]
    )


def deploy(cloud: EmbeddedCloud, flags: DemoFlags, content: bytes) -> int:
    """Write a version and deploy it; returns the deployment's number."""
    appconfig = cloud.client("appconfig")
    place: dict[str, Any] = {
        "ApplicationId": flags.application_id,
        "ConfigurationProfileId": flags.profile_id,
    }
    written = appconfig.create_hosted_configuration_version(
        **place, Content=content, ContentType="application/json"
    )
    return appconfig.start_deployment(
        **place,
        EnvironmentId=flags.environment_id,
        ConfigurationVersion=str(written["VersionNumber"]),
        DeploymentStrategyId=flags.strategy_id,
    )["DeploymentNumber"]


def refusal(cloud: EmbeddedCloud, flags: DemoFlags, content: bytes) -> AwsAnswer:
    with pytest.raises(ClientError) as raised:
        deploy(cloud, flags, content)
    assert raised.value.response["Error"]["Code"] == "BadRequestException"
    return raised.value


@pytest.mark.parametrize("moments", MOMENTS, ids=IDS)
def test_what_breaks_the_profiles_schema_is_a_bad_request_that_says_where(
    cloud: EmbeddedCloud, flags: DemoFlags, moments: Moments
) -> None:
    validated_by(cloud, flags, "JSON_SCHEMA", SCHEMA)
    cloud.validating.set(moments)

    error = refusal(cloud, flags, b'{"limit": 11}')

    created = error.operation_name == "CreateHostedConfigurationVersion"
    assert created is moments.on_creation
    assert error.response["Reason"] == "InvalidConfiguration"
    (detail,) = error.response["Details"]["InvalidConfiguration"]
    assert detail["Constraint"] == "maximum"
    assert detail["Location"] == "#/properties/limit/maximum"
    assert detail["Value"] == "11"
    assert deploy(cloud, flags, b'{"limit": 10}') == 2


@pytest.mark.parametrize("moments", MOMENTS, ids=IDS)
def test_what_a_function_of_the_profile_raises_at_is_a_bad_request(
    cloud: EmbeddedCloud, flags: DemoFlags, moments: Moments
) -> None:
    functions = cloud.client("lambda")
    name = f"validator-{flags.profile_id}"
    arn = functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=create_role(cloud, "lambda.amazonaws.com"),
        Code={"ZipFile": zipped({"index.py": FUNCTION.encode()})},
    )["FunctionArn"]
    validated_by(cloud, flags, "LAMBDA", arn)
    cloud.validating.set(moments)

    error = refusal(cloud, flags, b'{"limit": 11}')

    created = error.operation_name == "CreateHostedConfigurationVersion"
    assert created is moments.on_creation
    (detail,) = error.response["Details"]["InvalidConfiguration"]
    assert (detail["Type"], detail["Constraint"]) == ("LAMBDA", arn)
    assert f"11 is too much for {flags.profile_id}" in detail["Reason"]
    assert deploy(cloud, flags, b'{"limit": 10}') == 2


def test_a_refusal_may_come_without_details_and_after_the_start(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    validated_by(cloud, flags, "JSON_SCHEMA", SCHEMA)
    cloud.validating.set(Moments(details=False))
    assert "Details" not in refusal(cloud, flags, b'{"limit": 11}').response

    cloud.validating.set(Moments(on_creation=False, after_start=True))
    number = deploy(cloud, flags, b'{"limit": 11}')

    deployment = cloud.client("appconfig").get_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        DeploymentNumber=number,
    )
    assert deployment["State"] == "ROLLED_BACK"
    assert "11 is greater than the maximum of 10" in deployment["EventLog"][0]["Description"]
