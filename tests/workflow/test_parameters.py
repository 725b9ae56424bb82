"""Whatever the template lets the stack's parameters be, the flag goes off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from local.following import started_execution
from local.site import FLAG, Site, new_flags, other_alarm
from local.stack import StackFailedError, deploy
from tests.contract.shipped import TEMPLATE

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

#: The least that the template allows, and the most.
EDGES = {
    "least": {
        "FlagsAt": "",
        "AlarmNamePrefix": "#",
        "AlarmNameSuffix": "",
        "NotificationEmail": "",
        "MaxAlarmAgeMinutes": "1",
        "RollbackBudgetMinutes": "1",
        "BusyEnvironment": "wait",
        "SweepSeconds": "0",
        "MaxFlagsPerHour": "0",
        "WatchMinutes": "0",
        "Experiments": "stop",
        "KmsKeyArns": "",
        "MonitorRoleArns": "",
    },
    "most": {
        "FlagsAt": "é" * 200,
        "AlarmNamePrefix": "Az09 _./:#@-" + "p" * 88,
        "AlarmNameSuffix": "s" * 88 + "-@#:/._ 90zA",
        "NotificationEmail": "on-call+flags@example.com",
        "MaxAlarmAgeMinutes": "1440",
        "RollbackBudgetMinutes": "60",
        "BusyEnvironment": "stop",
        "SweepSeconds": "3600",
        "MaxFlagsPerHour": "1000",
        "WatchMinutes": "120",
        "Experiments": "leave",
        "KmsKeyArns": "arn:aws:kms:us-east-1:123456789012:key/a,arn:aws:kms:us-east-1::key/b",
        "MonitorRoleArns": "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b",
    },
}
#: What AppConfig lets the name of the stack's deployment strategy be, which is the stack's.
LONGEST_NAME = 64
#: Ids of things that must be there, and what decides whether anything is turned off at all.
NO_EDGES = {
    "ApplicationId",
    "EnvironmentId",
    "ConfigurationProfileId",
    "Mode",
}


@pytest.mark.parametrize("edge", EDGES)
def test_the_flag_goes_off_with_every_parameter_at_its_edge(
    cloud: EmbeddedCloud, edge: str
) -> None:
    parameters = EDGES[edge]
    flags = new_flags(cloud, {parameters["FlagsAt"] or "flags": {FLAG: {"enabled": True}}})
    site = Site.build(cloud, flags, f"edges-{edge}", **parameters)
    alarm = f"{parameters['AlarmNamePrefix']}{FLAG}{parameters['AlarmNameSuffix']}"

    other_alarm(cloud, alarm, "ALARM")
    run = site.await_end(started_execution(cloud, site.stack.outputs["StateMachineArn"]))

    assert run.output["outcome"] == "rolled_back"
    assert [document[FLAG]["enabled"] for document in site.served().values()] == [False]


@pytest.mark.parametrize("name", sorted(TEMPLATE["Parameters"].keys() - NO_EDGES))
def test_these_are_the_edges_of_what_the_template_allows(name: str) -> None:
    parameter, (least, most) = TEMPLATE["Parameters"][name], (EDGES[e][name] for e in EDGES)

    if "AllowedValues" in parameter:
        assert {least, most} == set(parameter["AllowedValues"])
    elif parameter["Type"] == "Number":
        assert (int(least), int(most)) == (parameter["MinValue"], parameter["MaxValue"])
    elif "AllowedPattern" in parameter:
        allowed = re.compile(parameter["AllowedPattern"])
        assert allowed.fullmatch(least)
        assert allowed.fullmatch(most)
        assert not least or not allowed.fullmatch(least[1:])
        assert name == "NotificationEmail" or not allowed.fullmatch(f"{most}x")
    else:
        assert (parameter["Type"], least) == ("CommaDelimitedList", "")
        assert "," in most


def test_the_flag_goes_off_by_a_stack_with_the_longest_name(cloud: EmbeddedCloud) -> None:
    site = Site.build(cloud, new_flags(cloud), "s" * LONGEST_NAME, AlarmNamePrefix="longest-")

    other_alarm(cloud, f"longest-{FLAG}-ErrorRate", "ALARM")
    run = site.await_end(started_execution(cloud, site.stack.outputs["StateMachineArn"]))

    assert run.output["outcome"] == "rolled_back"


def test_a_longer_name_is_refused_and_the_error_says_what_is_too_long(cloud: EmbeddedCloud) -> None:
    name = "s" * (LONGEST_NAME + 1)

    with pytest.raises(StackFailedError, match=r"DeploymentStrategy .* maxLength: 64, actual: 65"):
        deploy(cloud, new_flags(cloud).parameters(), name=name)
