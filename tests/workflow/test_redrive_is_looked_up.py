"""Where nothing tells a function of a redrive, it asks Step Functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.faults import Fault
from local.site import FLAG, Site, alarm_event, new_flags
from tests.workflow.functions import set_environment

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud


def test_a_redrive_whose_parameters_are_those_of_the_first_attempt(cloud: EmbeddedCloud) -> None:
    """AWS does not document that a redriven task's Parameters see the new context object."""
    site = Site.build(cloud, new_flags(cloud, {"flags": {}}), "old-parameters")
    stepfunctions = cloud.client("stepfunctions")
    machine = site.stack.outputs["StateMachineArn"]
    described = stepfunctions.describe_state_machine(stateMachineArn=machine)
    definition = json.loads(described["definition"])
    before = {f"{key}.$": f"$$.Execution.{key}" for key in ("Id", "Input", "Name", "StartTime")}
    parameters = definition["States"]["AwaitRedrive"]["Parameters"]
    del parameters["execution.$"]
    parameters["execution"] = before
    stepfunctions.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
    run = site.run(alarm_event())
    assert run.error == "FlagNotFoundError"
    site.release({"flags": {FLAG: {"enabled": True}}})

    assert site.redrive(run.arn).output["outcome"] == "rolled_back"


def test_a_deployment_that_outlasts_the_budget_is_red_under_that_name(
    cloud: EmbeddedCloud,
) -> None:
    """Before the budget is called spent, a redrive is looked for that began it anew."""
    site = Site.build(cloud, new_flags(cloud), "out-of-budget")
    set_environment(site.stack, "CheckDeploymentFunction", ROLLBACK_BUDGET_MINUTES="0.0001")
    number = site.deployments()[0]["DeploymentNumber"] + 1
    version = max(site.versions()) + 1
    slow = {"DeploymentNumber": number, "ConfigurationVersion": str(version), "State": "DEPLOYING"}
    about = f"/deployments/{number}"
    site.cloud.faults.set(
        Fault("appconfig:GetDeployment", 200, "", about=about, body=json.dumps(slow))
    )

    run = site.run(alarm_event())

    assert run.error == "RollbackBudgetSpentError", run.cause
    assert site.notices(run.arn)[0]["failedState"] == "CheckDeployment"
    site.cloud.faults.clear()
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
