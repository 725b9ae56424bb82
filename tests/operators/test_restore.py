"""A person turns a flag on again; nothing else changes, and nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.site import DOCUMENT, FLAG, Site, alarm_event

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


def test_not_while_the_alarm_rings_unless_forced(site: Site, person: Person) -> None:
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
