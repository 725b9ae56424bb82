"""Somebody else writes or deploys meanwhile: their change survives, and the flag goes off."""

import json
from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from local.faults import Fault
from local.waiting import wait_for
from tests.workflow.site import DOCUMENT, FLAG, Site, alarm_event, new_flags

pytestmark = pytest.mark.cloud


@pytest.fixture
def crowded(cloud: EmbeddedCloud) -> Site:
    """A stack of its own: what is left in progress here must not block other tests."""
    name = f"crowded-{len(cloud.client('appconfig').list_applications()['Items'])}"
    return Site.build(cloud, new_flags(cloud), name)


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ("appconfig:CreateHostedConfigurationVersion", "CreateVersion"),
        ("appconfig:StartDeployment", "StartDeployment"),
    ],
)
def test_who_loses_a_race_begins_again_from_what_is_served(
    site: Site, action: str, step: str
) -> None:
    deployments = len(site.deployments())
    site.cloud.faults.set(Fault(action, status=409, code="ConflictException", times=1))

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    at = run.states.index(step)
    assert run.states[at : at + 3] == [step, "WaitForTurn", "FetchConfig"]
    assert len(site.deployments()) == deployments + 1


def test_a_version_written_by_this_run_is_not_written_twice(site: Site) -> None:
    versions = len(site.versions())
    site.cloud.faults.set(
        Fault("appconfig:StartDeployment", status=409, code="ConflictException", times=1)
    )

    run = site.run(alarm_event())

    assert run.states.count("CreateVersion") == 2
    assert len(site.versions()) == versions + 1


@pytest.mark.parametrize("whose", ["this profile", "another profile"])
def test_a_deployment_in_progress_is_waited_for(crowded: Site, whose: str) -> None:
    appconfig = crowded.cloud.client("appconfig")
    place: dict[str, Any] = {"ApplicationId": crowded.flags.application_id}
    profile = crowded.flags.profile_id
    if whose == "another profile":
        profile = appconfig.create_configuration_profile(
            **place, Name="other", LocationUri="hosted", Type="AWS.Freeform"
        )["Id"]
    document: dict[str, Any] = {"flags": {FLAG: {"enabled": True, "theirs": 1}}}
    version = appconfig.create_hosted_configuration_version(
        **place,
        ConfigurationProfileId=profile,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
    )["VersionNumber"]
    in_environment = place | {"EnvironmentId": crowded.flags.environment_id}
    number = appconfig.start_deployment(
        **in_environment,
        ConfigurationProfileId=profile,
        ConfigurationVersion=str(version),
        DeploymentStrategyId="AppConfig.AllAtOnce",
    )["DeploymentNumber"]
    stepfunctions = crowded.cloud.client("stepfunctions")
    execution = stepfunctions.start_execution(
        stateMachineArn=crowded.stack.outputs["StateMachineArn"], input=json.dumps(alarm_event())
    )["executionArn"]

    def waits() -> bool:
        history = stepfunctions.get_execution_history(executionArn=execution)["events"]
        return any(
            event.get("stateEnteredEventDetails", {}).get("name") == "WaitForTurn"
            for event in history
        )

    wait_for(waits, "the run to wait for its turn", seconds=20)
    assert stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"
    appconfig.stop_deployment(**in_environment, DeploymentNumber=number, AllowRevert=True)

    run = crowded.await_end(execution)

    assert run.output["outcome"] == "rolled_back", run.cause
    assert crowded.served()["flags"][FLAG]["enabled"] is False
    assert crowded.served()["flags"]["search-v2"] == DOCUMENT["flags"]["search-v2"]


def test_a_rollback_that_appconfig_undoes_is_red_and_says_why(cloud: EmbeddedCloud) -> None:
    flags = new_flags(cloud)
    site = Site.build(cloud, flags, "monitored")
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="monitor-of-production",
        Namespace="Other",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(
        AlarmName="monitor-of-production", StateValue="ALARM", StateReason="test"
    )
    arn = cloudwatch.describe_alarms(AlarmNames=["monitor-of-production"])["MetricAlarms"][0][
        "AlarmArn"
    ]
    cloud.client("appconfig").update_environment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        Monitors=[{"AlarmArn": arn}],
    )

    run = site.run(alarm_event())

    assert run.error == "RolledBackByAppConfigError"
    assert "CLOUDWATCH_ALARM" in run.cause
    assert arn in run.cause
    assert site.notices(run.arn)[0]["flagState"] == "on"
