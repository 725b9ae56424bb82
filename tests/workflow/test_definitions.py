"""An execution keeps its definition, and its redrive meets the functions of today."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.definition import CURRENT
from local.site import FLAG, Site, alarm_event, new_flags
from tests.workflow.told import states

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud


def test_a_definition_that_the_functions_do_not_serve_ends_red_and_says_how_to_start_anew(
    cloud: EmbeddedCloud,
) -> None:
    site = Site.build(cloud, new_flags(cloud), "definitions")
    stepfunctions = cloud.client("stepfunctions")
    machine = site.stack.outputs["StateMachineArn"]
    shipped = stepfunctions.describe_state_machine(stateMachineArn=machine)["definition"]
    older = shipped.replace(f'"definition": {CURRENT}', '"definition": 1')
    assert older != shipped
    stepfunctions.update_state_machine(stateMachineArn=machine, definition=older)
    event = alarm_event()

    failed = site.run(event)

    assert failed.error == "StartAnewError"
    assert "Start a new execution with the same input: aws stepfunctions" in failed.cause
    (notice,) = site.notices(failed.arn)
    assert (notice["failedState"], states(notice)) == ("ParseAlarm", {FLAG: "on"})
    assert f"--state-machine-arn '{machine}'" in notice["cause"]
    stepfunctions.update_state_machine(stateMachineArn=machine, definition=shipped)
    assert json.loads(failed.description["input"]) == event
    assert site.run(event).output["outcome"] == "rolled_back"
    assert site.served()["flags"][FLAG]["enabled"] is False
