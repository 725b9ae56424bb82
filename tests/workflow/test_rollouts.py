"""The alarm fires while something is being deployed to the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.permissions import taken_away
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags
from tests.workflow.told import outcomes, states

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

OFF: dict[str, Any] = {"flags": {FLAG: {"enabled": False}, "other": {"enabled": True}}}
ON: dict[str, Any] = {"flags": {FLAG: {"enabled": True}, "other": {"enabled": True}}}


@pytest.fixture(scope="module")
def shared(cloud: EmbeddedCloud) -> Site:
    return Site.build(cloud, new_flags(cloud), "rollouts")


@pytest.fixture
def site(shared: Site) -> Site:
    """The module's stack, with nothing under way."""
    for item in shared.deployments():
        if item["State"] in ("DEPLOYING", "BAKING"):
            shared.cloud.client("appconfig").stop_deployment(
                **shared.environment, DeploymentNumber=item["DeploymentNumber"], AllowRevert=True
            )
    shared.cloud.faults.clear()
    shared.release(DOCUMENT)
    return shared


@pytest.mark.parametrize("served", [OFF, {"flags": {"other": {"enabled": True}}}])
@pytest.mark.parametrize(
    "strategy", ["AppConfig.Linear20PercentEvery6Minutes", "AppConfig.AllAtOnce"]
)
def test_a_rollout_that_turns_the_flag_on_is_stopped_and_that_is_all(
    site: Site, served: object, strategy: str
) -> None:
    version = site.release(served)
    rollout = site.roll_out(ON, strategy=strategy)
    deployments = len(site.deployments())

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rollout_stopped", run.cause
    assert "StopRollout" in run.states
    assert "CreateVersion" not in run.states
    assert site.deployment(rollout)["State"] == "ROLLED_BACK"
    assert len(site.deployments()) == deployments
    assert (run.output["fromVersion"], run.output["toVersion"]) == (version + 1, version)
    assert run.output["deploymentNumber"] == rollout
    notice = site.notices(run.arn)[0]
    assert (notice["outcome"], notice["stoppedDeployments"]) == ("rollout_stopped", [rollout])


def test_a_rollout_on_top_of_a_flag_that_is_on_is_stopped_and_rolled_back(site: Site) -> None:
    rollout = site.roll_out({"flags": {FLAG: {"enabled": True, "rolloutPercentage": 100}}})

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    assert site.deployment(rollout)["State"] == "ROLLED_BACK"
    assert site.served()["flags"][FLAG]["enabled"] is False
    assert site.served()["flags"]["search-v2"] == DOCUMENT["flags"]["search-v2"]
    assert site.notices(run.arn)[0]["stoppedDeployments"] == [rollout]


def test_a_slow_deployment_that_turns_the_flag_off_is_overtaken(site: Site) -> None:
    slow = site.roll_out(OFF)

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    assert site.deployment(slow)["State"] == "ROLLED_BACK"
    assert site.served()["flags"][FLAG]["enabled"] is False


def test_a_quick_deployment_that_turns_the_flag_off_is_waited_for(site: Site) -> None:
    appconfig = site.cloud.client("appconfig")
    quick = appconfig.create_deployment_strategy(
        Name=f"quick-{len(site.deployments())}",
        DeploymentDurationInMinutes=1,
        GrowthFactor=100,
        FinalBakeTimeInMinutes=0,
        ReplicateTo="NONE",
    )["Id"]
    version = site.write(OFF)
    number = appconfig.start_deployment(
        **site.environment,
        ConfigurationProfileId=site.flags.profile_id,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=quick,
    )["DeploymentNumber"]

    execution = site.start(alarm_event())
    site.await_state(execution, "WaitForTurn")

    assert site.deployment(number)["State"] == "DEPLOYING"
    assert len(site.versions()) == version
    appconfig.stop_deployment(**site.environment, DeploymentNumber=number)
    # Whoever stopped it did not mean to leave the flag on: the rollback looks again.
    run = site.await_end(execution)
    assert run.output["outcome"] == "rolled_back"
    assert "StopRollout" not in run.states


def another_profile(site: Site) -> str:
    return site.cloud.client("appconfig").create_configuration_profile(
        ApplicationId=site.flags.application_id,
        Name="prices",
        LocationUri="hosted",
        Type="AWS.Freeform",
    )["Id"]


def test_another_profile_s_deployment_is_waited_for(site: Site) -> None:
    theirs = site.roll_out({"price": 1}, profile=another_profile(site))

    execution = site.start(alarm_event())
    site.await_state(execution, "WaitForTurn")
    assert site.deployment(theirs)["State"] == "DEPLOYING"
    site.cloud.client("appconfig").stop_deployment(**site.environment, DeploymentNumber=theirs)

    run = site.await_end(execution)
    assert run.output["outcome"] == "rolled_back"
    assert "StopRollout" not in run.states


def test_another_profile_s_deployment_does_not_matter_when_the_flag_is_off(site: Site) -> None:
    site.release(OFF)
    theirs = site.roll_out({"price": 1}, profile=another_profile(site))

    run = site.run(alarm_event())

    assert run.output["outcome"] == "already_off"
    assert site.deployment(theirs)["State"] == "DEPLOYING"


def test_another_profile_s_deployment_is_stopped_where_the_stack_says_so(
    cloud: EmbeddedCloud,
) -> None:
    site = Site.build(cloud, new_flags(cloud), "stops-others", BusyEnvironment="stop")
    theirs = site.roll_out({"price": 1}, profile=another_profile(site))

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back"
    assert site.deployment(theirs)["State"] == "ROLLED_BACK"
    assert site.notices(run.arn)[0]["stoppedDeployments"] == [theirs]


def test_a_rollout_that_cannot_be_stopped_is_announced_with_the_flag_on(site: Site) -> None:
    site.release(OFF)
    number = site.roll_out(DOCUMENT)

    with taken_away(site.cloud, site.stack, "StopRolloutFunction", "appconfig:StopDeployment"):
        failed = site.run(alarm_event())
        (notice,) = site.notices(failed.arn)

    assert (failed.error, notice["failedState"]) == ("PermissionDeniedError", "StopRollout")
    assert states(notice) == {FLAG: "on"}, "it is off in what is served, and being rolled out"
    assert site.redrive(failed.arn).output["outcome"] == "rollout_stopped"
    assert site.deployment(number)["State"] == "ROLLED_BACK"


def test_a_rollout_that_turns_one_of_two_flags_on_is_stopped_and_the_other_is_rolled_back(
    site: Site,
) -> None:
    site.release(OFF)
    rollout = site.roll_out(ON)
    event = alarm_event(name="storefront", tags={"feature-flag": f"{FLAG} other"})

    run = site.run(event)

    assert run.output["outcome"] == "rolled_back", run.cause
    assert outcomes(run.output) == {FLAG: "rollout_stopped", "other": "rolled_back"}
    assert site.deployment(rollout)["State"] == "ROLLED_BACK"
    assert not any(flag["enabled"] for flag in site.served()["flags"].values())
    (notice,) = site.notices(run.arn)
    assert outcomes(notice) == outcomes(run.output)
    assert notice["stoppedDeployments"] == [rollout]
