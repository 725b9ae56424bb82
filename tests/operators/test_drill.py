"""A team practises: the alarm fires, the flag goes off, the alarm is as before."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from local.demo_alarms import create_tagged_alarm
from local.site import FLAG, Site

if TYPE_CHECKING:
    from tests.operators.person import Person

pytestmark = pytest.mark.cloud


def alarm_state(site: Site, flag: str) -> str:
    answer = site.cloud.client("cloudwatch").describe_alarms(
        AlarmNames=[f"FeatureFlag-{flag}-ErrorRate"]
    )
    return answer["MetricAlarms"][0]["StateValue"]


def test_a_flag_with_little_traffic_is_rolled_back(site: Site, person: Person) -> None:
    done = person.types("drill", "search-v2", answers="y\n")

    assert "search-v2 is ON for 1 %" in done.output
    assert "search-v2 was turned off" in done.output
    assert site.served()["flags"]["search-v2"]["enabled"] is False
    assert site.served()["flags"][FLAG]["enabled"] is True
    assert alarm_state(site, "search-v2") == "OK"


def test_a_flag_with_much_traffic_is_refused(site: Site, person: Person) -> None:
    known = site.executions()

    done = person.types("drill", FLAG, "--yes", exit_code=1)

    assert f"{FLAG} is on for 50 % of the traffic, more than --max-percentage 10" in done.output
    assert site.executions() == known


def test_unless_told_otherwise(site: Site, person: Person) -> None:
    person.types("drill", FLAG, "--max-percentage", "50", "--yes")

    assert site.served()["flags"][FLAG]["enabled"] is False


def test_who_says_no_has_rung_nothing(site: Site, person: Person) -> None:
    person.types("drill", "search-v2", answers="n\n", exit_code=1)

    assert alarm_state(site, "search-v2") == "OK"
    assert site.served()["flags"]["search-v2"]["enabled"] is True


def test_an_alarm_that_fires_is_left_alone(site: Site, person: Person) -> None:
    name, known = f"FeatureFlag-{FLAG}-ErrorRate", set(site.executions())
    site.cloud.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="test"
    )

    done = person.types("drill", FLAG, "--yes", "--max-percentage", "100", exit_code=1)

    for arn in set(site.executions()) - known:
        site.await_end(arn)
    assert f"alarm {name} is already in ALARM" in done.output


def test_the_alarm_of_a_service_turns_all_its_flags_off(site: Site, person: Person) -> None:
    alarm = f"FeatureFlag-storefront-{uuid.uuid4().hex[:8]}"
    create_tagged_alarm(site.cloud, alarm, {"feature-flag": f"{FLAG} search-v2"})

    asked = person.types("drill", FLAG, "--alarm", alarm, "--max-percentage", "50", answers="y\n")

    assert f"{FLAG} is ON for 50 %" in asked.output
    assert "search-v2 is ON for 1 %" in asked.output
    assert f"so that {FLAG} and search-v2 are turned off?" in asked.output
    assert f"{FLAG} and search-v2 were turned off" in asked.output
    assert not any(flag["enabled"] for flag in site.served()["flags"].values())


def test_all_flags_of_the_alarm_must_have_little_traffic(site: Site, person: Person) -> None:
    alarm, known = f"FeatureFlag-storefront-{uuid.uuid4().hex[:8]}", site.executions()
    create_tagged_alarm(site.cloud, alarm, {"feature-flag": f"search-v2 {FLAG}"})

    done = person.types("drill", "search-v2", "--alarm", alarm, "--yes", exit_code=1)

    assert f"{FLAG} is on for 50 % of the traffic, more than --max-percentage 10" in done.output
    assert site.executions() == known


def test_an_alarm_that_does_not_guard_the_flag_is_refused(site: Site, person: Person) -> None:
    alarm = f"FeatureFlag-storefront-{uuid.uuid4().hex[:8]}"
    create_tagged_alarm(site.cloud, alarm, {"feature-flag": "search-v2"})

    done = person.types("drill", FLAG, "--alarm", alarm, "--yes", exit_code=1)

    assert f"alarm {alarm} guards search-v2, not {FLAG}" in done.output
