"""Which alarms start a rollback, and which start nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.demo_alarms import breach_service, create_series_alarm, create_tagged_alarm
from local.site import Site, alarm_event, new_flags, other_alarm
from tests.contract.shipped import RESOURCES
from tests.workflow.told import outcomes

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

STACK = "own-alarms"
WATCHERS = {name for name, each in RESOURCES.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
#: Flags of users whose alarms are named as closely to the watchers as may be.
FLAGS = ["new-checkout", "NotifierErrorsAlarm", "FailureRuleFailed", "DeadLetters-Alarm-1"]


@pytest.fixture(scope="module")
def named_alike(cloud: EmbeddedCloud) -> Site:
    """A stack whose name its flags' alarms begin with, and nothing stands behind their names."""
    flags = new_flags(cloud, {"flags": {flag: {"enabled": True} for flag in FLAGS}})
    parameters = {"AlarmNamePrefix": f"{STACK}-", "AlarmNameSuffix": "", "SweepSeconds": "0"}
    return Site.build(cloud, flags, STACK, **parameters)


def test_the_stacks_own_alarms_start_nothing_and_those_of_flags_do(named_alike: Site) -> None:
    cloud = named_alike.cloud
    listed = cloud.client("cloudformation").describe_stack_resources(StackName=STACK)
    own = {
        each["PhysicalResourceId"]
        for each in listed["StackResources"]
        if each["LogicalResourceId"] in WATCHERS
    }
    assert len(own) == len(WATCHERS)
    assert all(name.startswith(f"{STACK}-") for name in own)

    for name in own:
        cloud.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue="ALARM", StateReason="test"
        )
    for flag in FLAGS:
        other_alarm(cloud, f"{STACK}-{flag}", "ALARM")

    def started() -> list[str] | None:
        found = named_alike.executions()
        return found if len(found) >= len(FLAGS) else None

    executions = wait_for(started, "an execution for each flag", seconds=20)
    outputs = [named_alike.await_end(arn).output for arn in executions]
    assert sorted(flag for output in outputs for flag in outcomes(output)) == sorted(FLAGS)
    assert {output["outcome"] for output in outputs} == {"rolled_back"}
    assert not any(flag["enabled"] for flag in named_alike.served()["flags"].values())


@pytest.mark.parametrize("elsewhere", [{"account": "999999999999"}, {"region": "eu-west-1"}])
@pytest.mark.parametrize("rule", ["RollbackStateMachineAlarmFired", "WarmUpRule"])
def test_an_alarm_of_another_account_or_region_starts_nothing(
    shared_site: Site, rule: str, elsewhere: dict[str, str]
) -> None:
    cloud = shared_site.cloud
    here = alarm_event() | {"account": cloud.account_id, "region": cloud.region}

    assert _starts(shared_site, rule, here)
    assert not _starts(shared_site, rule, here | elsewhere)


def _starts(site: Site, logical_id: str, event: dict[str, Any]) -> bool:
    """Whether a rule of the stack takes an event; the embedded cloud forwards none by itself."""
    cloud, events = site.cloud, site.cloud.client("events")
    deployed = cloud.client("cloudformation").describe_stack_resource(
        StackName=site.stack.name, LogicalResourceId=logical_id
    )["StackResourceDetail"]
    rule = events.describe_rule(Name=deployed["PhysicalResourceId"])
    return events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))[
        "Result"
    ]


SERIES, HOST = {"FeatureFlagName": "a"}, {"Host": "i-1"}
#: Whether an event starts a rollback, by what it is of.
EVENTS = {
    "an alarm by its name": (alarm_event(), True),
    "a tagged alarm": (alarm_event(name="storefront", tags={"feature-flag": "a b"}), True),
    "a series with the dimension": (alarm_event(name="by-flag", contributor=SERIES), True),
    "an untagged alarm": (alarm_event(name="storefront"), False),
    "an alarm with other tags": (alarm_event(name="storefront", tags={"team": "web"}), False),
    "a series without the dimension": (alarm_event(name="by-host", contributor=HOST), False),
    "a series of an alarm that is named after a flag": (alarm_event(contributor=HOST), False),
    "a tagged alarm that is OK": (
        alarm_event(name="storefront", tags={"feature-flag": "a"}, value="OK"),
        False,
    ),
    "a series that is OK": (alarm_event(name="by-flag", contributor=SERIES, value="OK"), False),
}


@pytest.mark.parametrize("what", EVENTS)
@pytest.mark.parametrize("rule", ["RollbackStateMachineAlarmFired", "WarmUpRule"])
def test_what_of_an_alarm_starts_a_rollback(shared_site: Site, rule: str, what: str) -> None:
    event, starts = EVENTS[what]

    assert _starts(shared_site, rule, event) is starts


@pytest.mark.parametrize("rule", ["RollbackStateMachineAlarmFired", "WarmUpRule"])
def test_an_alarm_whose_tags_did_not_come_along_starts_a_rollback(
    shared_site: Site, rule: str
) -> None:
    event = alarm_event(name="storefront", tags={})
    event["detail"] |= {"alarmTagsStatus": "RETRIEVAL_FAILED"}

    assert _starts(shared_site, rule, event)


def test_only_what_names_a_flag_by_tag_or_series_starts_an_execution(cloud: EmbeddedCloud) -> None:
    flags = new_flags(
        cloud, {"flags": {"by-tag": {"enabled": True}, "by-series": {"enabled": True}}}
    )
    site = Site.build(cloud, flags, "named-otherwise")
    create_tagged_alarm(cloud, "untagged", {"team": "web"})
    create_tagged_alarm(cloud, "stays-at-home", {"feature-flag": "by-tag"}, {})
    create_tagged_alarm(cloud, "tagged", {"feature-flag": "by-tag"})
    create_series_alarm(cloud, "by-host", "Host")
    create_series_alarm(cloud, "by-flag")

    for name in ("untagged", "stays-at-home"):
        breach_service(cloud, name)
    cloud.contributors.set("by-host", [HOST])
    breach_service(cloud, "tagged")
    cloud.contributors.set("by-flag", [{"FeatureFlagName": "by-series"}])

    def both() -> list[str] | None:
        found = site.executions()
        return found if len(found) >= 2 else None

    outputs = [site.await_end(arn).output for arn in wait_for(both, "two executions", seconds=30)]
    assert sorted(output["alarmName"] for output in outputs) == ["by-flag", "tagged"]
    assert not any(flag["enabled"] for flag in site.served()["flags"].values())
    assert len(site.executions()) == 2
