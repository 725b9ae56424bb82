"""A person turns a flag on again; nothing else changes, and nothing is overwritten."""

from __future__ import annotations

import shlex
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.times import iso
from local.demo_alarms import create_series_alarm
from local.faults import Fault
from local.following import started_execution
from local.site import DOCUMENT, FLAG, Site, alarm_event, other_alarm
from tests.operators.test_interrupting import interrupted

if TYPE_CHECKING:
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud

AT_ONCE = ("--strategy", "at-once", "--reason", "fixed", "--yes", "--follow")


def rolled_back(site: Site) -> None:
    assert site.run(alarm_event()).output["outcome"] == "rolled_back"


def test_a_flag_comes_back_as_it_was_and_inspect_shows_it(site: Site, person: Person) -> None:
    rolled_back(site)
    before = site.served()["flags"]

    done = person.types("restore", FLAG, *AT_ONCE)

    after = site.served()["flags"]
    assert "is complete: new-checkout is on in what is served" in done.output
    assert after[FLAG]["enabled"] is True
    assert after[FLAG]["rolloutPercentage"] == 50
    assert after[FLAG]["metadata"] == before[FLAG]["metadata"]
    assert after["search-v2"] == before["search-v2"] == DOCUMENT["flags"]["search-v2"]
    told = person.types("inspect").output
    assert "ON for 50 %" in told
    me = person.arn_of("restore")
    in_a_panel = " ".join(told.replace("│", " ").split())
    assert f'"Restored by {me}: {FLAG}: fixed"' in in_a_panel
    (newest, *_) = site.deployments()
    assert site.deployment(newest["DeploymentNumber"])["Description"].startswith("Restored by ")


def test_what_was_released_meanwhile_stays(site: Site, person: Person) -> None:
    rolled_back(site)
    document = site.served()
    document["flags"]["search-v2"]["rolloutPercentage"] = 7
    site.release(document)

    person.types("restore", FLAG, *AT_ONCE)

    assert site.served()["flags"]["search-v2"]["rolloutPercentage"] == 7
    assert site.served()["flags"][FLAG]["enabled"] is True


def test_not_while_the_alarm_fires_unless_forced(site: Site, person: Person) -> None:
    rolled_back(site)
    name, cloudwatch = f"FeatureFlag-{FLAG}-ErrorRate", site.cloud.client("cloudwatch")
    known = set(site.executions())
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    for arn in set(site.executions()) - known:
        site.await_end(arn)
    versions = len(site.versions())

    refused = person.types("restore", FLAG, *AT_ONCE, exit_code=1)

    assert f"alarm {name} is in ALARM" in refused.output
    assert len(site.versions()) == versions
    by_force = ("restore", FLAG, *AT_ONCE[:4], "--force")
    asked = person.types(*by_force, answers="n\n", exit_code=1)
    assert (
        f"Alarm {name} is in ALARM: nothing turns {FLAG} off again until the alarm fires anew, and "
        "it must go to OK first.\n"
    ) in asked.output
    assert "Deploy this with at-once, although the alarm fires?" in asked.output
    assert len(site.versions()) == versions
    assert "must go to OK first" in person.types(*by_force, "--yes", "--follow").output
    assert site.served()["flags"][FLAG]["enabled"] is True


def test_force_says_that_it_is_unknown_whether_the_alarm_fires(site: Site, person: Person) -> None:
    rolled_back(site)
    site.cloud.faults.set(Fault("cloudwatch:DescribeAlarms", 403, "AccessDenied", from_root=True))

    person.types("restore", FLAG, *AT_ONCE, exit_code=1)
    done = person.types("restore", FLAG, *AT_ONCE, "--force")

    assert f"Whether an alarm of {FLAG} fires is unknown: your AWS credentials" in done.output
    assert site.served()["flags"][FLAG]["enabled"] is True


def test_not_what_a_person_turned_off_unless_forced(site: Site, person: Person) -> None:
    site.release({"flags": {FLAG: {"enabled": False}}})

    refused = person.types("restore", FLAG, *AT_ONCE, exit_code=1)

    assert f"no rollback turned {FLAG} off" in refused.output
    person.types("restore", FLAG, *AT_ONCE, "--force")
    assert site.served()["flags"][FLAG] == {"enabled": True, "rolloutPercentage": 50}


def test_who_says_no_has_written_nothing(site: Site, person: Person) -> None:
    rolled_back(site)
    versions = len(site.versions())

    asked = person.types("restore", FLAG, "--reason", "fixed", answers="n\n", exit_code=1)

    assert "Deploy this with AppConfig.Linear20PercentEvery6Minutes?" in asked.output
    assert f"flags.{FLAG}.rolloutPercentage" in asked.output
    assert len(site.versions()) == versions


def stop_command(site: Site, number: int, *more: str) -> str:
    where = f"--application-id {site.flags.application_id} --environment-id "
    this = f"{where}{site.flags.environment_id} --deployment-number {number}"
    return " ".join([f"\n  aws appconfig stop-deployment {this}", *more])


def stop(site: Site, number: int) -> None:
    site.cloud.client("appconfig").stop_deployment(
        **site.environment, DeploymentNumber=number, AllowRevert=True
    )


def test_a_deployment_in_the_way_is_named_with_whose_it_is_when_it_ends_and_what_stops_it(
    site: Site, person: Person
) -> None:
    rolled_back(site)
    slowly = ("--reason", "fixed", "--yes")

    assert "over 30 min and 30 min of bake" in person.types("restore", FLAG, *slowly).output

    refused = person.types("restore", FLAG, *slowly, exit_code=1).output
    told = person.types("inspect").output
    number = site.deployments()[0]["DeploymentNumber"]
    begun = site.deployment(number)
    stop(site, number)
    me = person.arn_of("restore")
    ends = begun["StartedAt"].astimezone(UTC) + timedelta(minutes=60)
    assert f"deployment {number} is DEPLOYING in this environment" in refused
    assert f"version {begun['ConfigurationVersion']} of this profile" in refused
    assert f'described as "Restored by {me}: {FLAG}: fixed"' in refused
    assert f"It should end at {iso(ends)}." in refused
    assert f"{stop_command(site, number)}\n" in refused
    assert f"deployment {number} of version" in told


def test_another_profiles_deployment_in_the_way_is_named_as_that(
    site: Site, person: Person
) -> None:
    rolled_back(site)
    other = site.cloud.client("appconfig").create_configuration_profile(
        ApplicationId=site.flags.application_id, Name="limits", LocationUri="hosted"
    )["Id"]
    number = site.roll_out({"requests": 5}, strategy="AppConfig.AllAtOnce", profile=other)

    refused = person.types("restore", FLAG, "--reason", "fixed", "--yes", exit_code=1).output

    assert f"deployment {number} is BAKING in this environment" in refused
    assert 'version 1 of another profile, "limits"; who started it is unknown' in refused
    assert stop_command(site, number, "--allow-revert\n") in refused
    stop(site, number)


def test_who_presses_ctrl_c_hears_that_the_deployment_goes_on(site: Site, person: Person) -> None:
    rolled_back(site)
    program = "from flag_rollback.cli import main; main()"
    words = ("restore", FLAG, "--reason", "fixed", "--yes", "--follow", "--stack", person.stack)

    code, _, told = interrupted(program, *words, once="30 min of bake.")

    number = site.deployments()[0]["DeploymentNumber"]
    stop(site, number)
    assert code == 130
    assert f"Deployment {number} goes on; see it with:\n  aws appconfig get-deployment" in told
    assert f"--deployment-number {number}\n" in told


@pytest.mark.parametrize("reason", ["", "...", "<reason>", "TODO"])
def test_a_placeholder_turns_nothing_on(site: Site, person: Person, reason: str) -> None:
    rolled_back(site)
    versions = len(site.versions())

    done = person.types("restore", FLAG, "--reason", reason, "--yes", exit_code=2)

    assert "Invalid value for '--reason'" in done.output
    assert len(site.versions()) == versions


def test_the_command_that_inspect_gives_asks_why_when_it_is_pasted(
    site: Site, person: Person
) -> None:
    rolled_back(site)
    told = person.types("inspect").output
    (line,) = [line for line in told.splitlines() if "flag-rollback restore" in line]
    _, *pasted = shlex.split(line)

    done = person.types(*pasted, "--strategy", "at-once", "--follow", answers="...\nfixed\ny\n")

    assert "Why may it be on again?" in done.output
    assert site.served()["flags"][FLAG]["enabled"] is True
    newest = site.deployments()[0]["DeploymentNumber"]
    assert site.deployment(newest)["Description"].endswith(f": {FLAG}: fixed")


def test_a_strategy_that_is_none_is_refused(site: Site, person: Person) -> None:
    rolled_back(site)

    done = person.types("restore", FLAG, "--reason", "fixed", "--strategy", "at-twice", exit_code=1)

    assert "there is no deployment strategy at-twice; there are AppConfig.AllAtOnce" in done.output


def test_flags_of_one_alarm_come_back_by_one_deployment(site: Site, person: Person) -> None:
    both = (FLAG, "search-v2")
    run = site.run(alarm_event(name="storefront", tags={"feature-flag": " ".join(both)}))
    assert run.output["outcome"] == "rolled_back"
    off, deployments = site.served()["flags"], len(site.deployments())
    assert not any(off[flag]["enabled"] for flag in both)
    assert f"flag-rollback restore {' '.join(both)}" in person.types("inspect").output

    done = person.types("restore", *both, *AT_ONCE)

    assert "new-checkout and search-v2 are on in what is served" in done.output
    assert len(site.deployments()) == deployments + 1
    on = site.served()["flags"]
    for flag, before in DOCUMENT["flags"].items():
        assert {key: on[flag][key] for key in before} == before


def test_none_comes_back_where_one_of_them_is_refused(site: Site, person: Person) -> None:
    rolled_back(site)
    versions = len(site.versions())

    refused = person.types("restore", FLAG, "search-v2", *AT_ONCE, exit_code=1)

    assert "search-v2 is on already" in refused.output
    assert len(site.versions()) == versions


def test_not_while_the_service_s_alarm_fires(site: Site, person: Person) -> None:
    alarm, cloudwatch = "storefront-fires", site.cloud.client("cloudwatch")
    site.run(alarm_event(name=alarm, tags={"feature-flag": FLAG}))
    other_alarm(site.cloud, alarm, "ALARM")
    arn = f"arn:aws:cloudwatch:{site.cloud.region}:{site.cloud.account_id}:alarm:{alarm}"
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "feature-flag", "Value": FLAG}])

    refused = person.types("restore", FLAG, *AT_ONCE, exit_code=1)

    assert f"alarm {alarm} is in ALARM" in refused.output
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["feature-flag"])
    person.types("restore", FLAG, *AT_ONCE)  # it only swept the flag along, for all that is known
    assert site.served()["flags"][FLAG]["enabled"] is True
    cloudwatch.delete_alarms(AlarmNames=[alarm])


def test_not_while_the_series_is_in_alarm(site: Site, person: Person) -> None:
    alarm, series = "by-flag-fires", {"FeatureFlagName": FLAG}
    create_series_alarm(site.cloud, alarm)
    known = frozenset(site.executions())
    site.cloud.contributors.set(alarm, [series])
    machine = site.stack.outputs["StateMachineArn"]
    run = site.await_end(started_execution(site.cloud, machine, known=known))
    assert run.output["outcome"] == "rolled_back"

    refused = person.types("restore", FLAG, *AT_ONCE, exit_code=1)

    assert f"alarm {alarm} is in ALARM" in refused.output
    site.cloud.contributors.set(alarm, [series], state="OK")
    site.cloud.contributors.set(alarm, [{"FeatureFlagName": "another"}])
    person.types("restore", FLAG, *AT_ONCE)
    assert site.served()["flags"][FLAG]["enabled"] is True
