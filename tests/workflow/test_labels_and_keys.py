"""Deployments that name a version by its label, and ones that are encrypted with a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.definition import CURRENT
from flag_rollback.waiting import wait_for
from local.permissions import taken_away
from local.site import DOCUMENT, FLAG, EndedExecution, Site, alarm_event, new_flags
from tests.workflow.told import outcomes, states

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

OFF = {"flags": {**DOCUMENT["flags"], FLAG: {"enabled": False}}}


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud) -> Site:
    key = f"arn:aws:kms:{cloud.region}:{cloud.account_id}:key/allowed"
    return Site.build(cloud, new_flags(cloud), "labels-and-keys", KmsKeyArns=key)


def _release(site: Site, label: str, document: object, **more: str) -> None:
    """Release a document as a version with a label, by that label."""
    appconfig = site.cloud.client("appconfig")
    appconfig.create_hosted_configuration_version(
        ApplicationId=site.flags.application_id,
        ConfigurationProfileId=site.flags.profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
        VersionLabel=label,
    )
    number = appconfig.start_deployment(
        **site.environment,
        ConfigurationProfileId=site.flags.profile_id,
        ConfigurationVersion=label,
        DeploymentStrategyId=site.flags.strategy_id,
        **more,  # type: ignore[arg-type]
    )["DeploymentNumber"]
    wait_for(lambda: site.deployment(number)["State"] == "COMPLETE", label, seconds=60)


def test_a_version_that_is_deployed_by_its_label_is_rolled_back(site: Site) -> None:
    _release(site, "release-4.1", DOCUMENT)
    newest = max(site.versions())

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    assert run.output["fromVersion"] == newest
    assert site.served()["flags"][FLAG]["enabled"] is False


def test_a_failure_over_a_label_says_whether_the_flag_is_on(site: Site) -> None:
    _release(site, "release-4.2", DOCUMENT)
    action = "appconfig:CreateHostedConfigurationVersion"

    with taken_away(site.cloud, site.stack, "CreateVersionFunction", action):
        failed = site.run(alarm_event())
        (notice,) = site.notices(failed.arn)

    assert (notice["failedState"], states(notice)) == ("CreateVersion", {FLAG: "on"})


def test_a_release_by_its_label_that_overtakes_the_rollback_is_read(site: Site) -> None:
    site.release(DOCUMENT)
    run = site.run(alarm_event())
    _release(site, "release-4.3", OFF)
    given = json.loads(run.state_data["CheckDeployment"])

    answer = _invoke(site, run, "CheckDeploymentFunction", given)

    assert answer["confirmedOff"] is True


def _invoke(site: Site, run: EndedExecution, function: str, state: Json) -> Json:
    described = site.cloud.client("cloudformation").describe_stack_resource(
        StackName=site.stack.name, LogicalResourceId=function
    )
    execution = {"Id": run.arn, "Name": run.arn.rpartition(":")[2]}
    answer = site.cloud.client("lambda").invoke(
        FunctionName=described["StackResourceDetail"]["PhysicalResourceId"],
        Payload=json.dumps({"definition": CURRENT, "execution": execution, "state": state}),
    )
    return json.loads(answer["Payload"].read())


def test_a_rollback_is_encrypted_as_what_is_served_is(site: Site) -> None:
    key = f"arn:aws:kms:{site.cloud.region}:{site.cloud.account_id}:key/allowed"
    _release(site, "encrypted", DOCUMENT, KmsKeyIdentifier=key)

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    assert site.deployment(run.output["deploymentNumber"])["KmsKeyArn"] == key


def test_a_key_that_the_role_may_not_use_is_red_and_says_which_permissions_it_takes(
    site: Site,
) -> None:
    key = f"arn:aws:kms:{site.cloud.region}:{site.cloud.account_id}:key/another"
    _release(site, "encrypted-otherwise", DOCUMENT, KmsKeyIdentifier=key)

    run = site.run(alarm_event())

    assert run.error == "KmsKeyDeniedError"
    assert key in run.cause
    assert "kms:GenerateDataKey" in run.cause
    assert "KmsKeyArns" in run.cause


def test_two_flags_of_a_version_with_a_label_go_off_by_one_encrypted_deployment(
    site: Site,
) -> None:
    key = f"arn:aws:kms:{site.cloud.region}:{site.cloud.account_id}:key/allowed"
    _release(site, "release-4.4", DOCUMENT, KmsKeyIdentifier=key)

    run = site.run(
        alarm_event(name="storefront", tags={"feature-flag": " ".join(DOCUMENT["flags"])})
    )

    assert outcomes(run.output) == dict.fromkeys(DOCUMENT["flags"], "rolled_back")
    assert site.deployment(run.output["deploymentNumber"])["KmsKeyArn"] == key
    assert not any(flag["enabled"] for flag in site.served()["flags"].values())
