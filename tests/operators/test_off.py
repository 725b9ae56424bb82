"""A person turns flags off by hand: for everybody, confirmed, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.site import DOCUMENT, FLAG, Site, alarm_event, other_alarm

if TYPE_CHECKING:
    from mypy_boto3_appconfig.type_defs import MonitorTypeDef

    from tests.operators.person import Person

pytestmark = pytest.mark.cloud

WHY = ("--reason", "double charges, SHOP-1533", "--yes")


def test_the_flag_goes_off_for_everybody_and_nothing_else_changes(
    site: Site, person: Person
) -> None:
    versions = len(site.versions())

    done = person.types("off", FLAG, *WHY)

    after = site.served()["flags"]
    assert after[FLAG]["enabled"] is False
    assert after["search-v2"] == DOCUMENT["flags"]["search-v2"]
    assert len(site.versions()) == versions + 1
    before_the_act, _, afterwards = done.output.partition("Reading what users get")
    assert f"{FLAG} is ON for 50 %" in before_the_act
    assert f"{FLAG} is OFF" in afterwards
    assert "was turned off by deployment" in afterwards
    assert f"flag-rollback restore {FLAG}" in afterwards


def test_who_and_why_is_kept_with_the_deployment(site: Site, person: Person) -> None:
    person.types("off", FLAG, *WHY)

    newest = site.deployment(site.deployments()[0]["DeploymentNumber"])

    assert newest["Description"].startswith("Turned off by hand: flags=1 ")
    assert "arn:aws:" in newest["Description"]
    assert newest["Description"].endswith(": double charges, SHOP-1533")


def test_several_flags_go_off_by_one_deployment(site: Site, person: Person) -> None:
    deployments = len(site.deployments())

    person.types("off", FLAG, "search-v2", *WHY)

    assert [flag["enabled"] for flag in site.served()["flags"].values()] == [False, False]
    assert len(site.deployments()) == deployments + 1


def test_what_is_off_already_is_said_to_be_and_nothing_is_written(
    site: Site, person: Person
) -> None:
    person.types("off", FLAG, *WHY)
    versions, deployments = len(site.versions()), len(site.deployments())

    again = person.types("off", FLAG, *WHY)

    assert f"{FLAG} was off already" in again.output
    assert (len(site.versions()), len(site.deployments())) == (versions, deployments)


def test_a_flag_that_is_not_there_is_no_success(site: Site, person: Person) -> None:
    refused = person.types("off", "no-such-flag", *WHY, exit_code=1)

    assert "expected a flag 'no-such-flag'" in refused.output
    assert site.served() == DOCUMENT


def test_who_says_no_has_changed_nothing(site: Site, person: Person) -> None:
    refused = person.types("off", FLAG, "--reason", "double charges", answers="n\n", exit_code=1)

    assert "Nothing was changed." in refused.output
    assert site.served() == DOCUMENT


def test_an_owner_who_opted_out_of_alarms_is_overruled(site: Site, person: Person) -> None:
    site.release({"flags": {FLAG: {"enabled": True, "metadata": {"rollback": "off"}}}})

    person.types("off", FLAG, *WHY)

    assert site.served()["flags"][FLAG]["enabled"] is False


def test_a_rollout_that_turns_the_flag_on_is_stopped(site: Site, person: Person) -> None:
    site.release({"flags": {FLAG: {"enabled": False}}})
    rollout = site.roll_out(DOCUMENT)

    done = person.types("off", FLAG, *WHY)

    assert site.deployment(rollout)["State"] == "ROLLED_BACK"
    assert f"deployment {rollout}, was stopped" in done.output
    assert site.served()["flags"][FLAG]["enabled"] is False


def test_a_monitor_that_undoes_it_leaves_the_flag_on_and_that_is_said(
    site: Site, person: Person
) -> None:
    appconfig = site.cloud.client("appconfig")
    other_alarm(site.cloud, "firing", "ALARM")
    monitor: MonitorTypeDef = {
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:firing",
        "AlarmRoleArn": "arn:aws:iam::123456789012:role/monitors",
    }
    appconfig.update_environment(**site.environment, Monitors=[monitor])
    try:
        done = person.types("off", FLAG, *WHY, exit_code=1)
    finally:
        appconfig.update_environment(**site.environment, Monitors=[])

    assert "RolledBackByAppConfigError" in done.output
    assert f"{FLAG} is ON" in done.output.partition("Reading what users get")[2]
    assert "restore" not in done.output


def test_an_alarm_that_fires_afterwards_finds_it_off_and_restore_needs_no_force(
    site: Site, person: Person
) -> None:
    person.types("off", FLAG, *WHY)

    run = site.run(alarm_event())

    assert run.output["outcome"] == "already_off"
    person.types("restore", FLAG, "--reason", "fixed", "--strategy", "at-once", "--yes", "--follow")
    assert site.served() == DOCUMENT | {"flags": site.served()["flags"]}
    assert site.served()["flags"][FLAG]["enabled"] is True
