"""Which alarms start a rollback, and which start nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.site import Site, alarm_event, new_flags, other_alarm
from tests.contract.shipped import RESOURCES

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
    parameters = {"AlarmNamePrefix": f"{STACK}-", "AlarmNameSuffix": "", "CoalesceSeconds": "0"}
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
    assert sorted(output["flag"] for output in outputs) == sorted(FLAGS)
    assert {output["outcome"] for output in outputs} == {"rolled_back"}
    assert not any(flag["enabled"] for flag in named_alike.served()["flags"].values())


@pytest.mark.parametrize("elsewhere", [{"account": "999999999999"}, {"region": "eu-west-1"}])
@pytest.mark.parametrize("rule", ["RollbackStateMachineAlarmRang", "WarmUpRule"])
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
