"""A person turns a flag on again; nothing else changes, and nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.demo_alarms import create_series_alarm
from local.following import started_execution
from local.site import DOCUMENT, FLAG, Site, alarm_event, other_alarm

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
    assert "ON for 50 %" in (told := person.types("inspect").output)
    assert f'"Restored {FLAG}: fixed"' in told


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
    person.types("restore", FLAG, *AT_ONCE, "--force")
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


def test_one_deployment_at_a_time(site: Site, person: Person) -> None:
    rolled_back(site)
    slowly = ("--reason", "fixed", "--yes")

    assert "over 30 min and 30 min of bake" in person.types("restore", FLAG, *slowly).output

    refused = person.types("restore", FLAG, *slowly, exit_code=1)
    told = person.types("inspect").output
    number = site.deployments()[0]["DeploymentNumber"]
    site.cloud.client("appconfig").stop_deployment(
        ApplicationId=site.flags.application_id,
        EnvironmentId=site.flags.environment_id,
        DeploymentNumber=number,
    )
    assert f"deployment {number} is DEPLOYING in this environment" in refused.output
    assert f"deployment {number} of version" in told


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
