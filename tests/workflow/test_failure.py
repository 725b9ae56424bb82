"""A failed run is red, announced once for each attempt, and redrive really tries again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.demo_flags import create_alarm
from local.faults import Fault
from local.following import ended, started_execution
from local.site import FLAG, Site, alarm_event
from tests.workflow.told import states

pytestmark = pytest.mark.cloud

DENIED = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")


def test_fail_redrive_fail_fix_redrive(site: Site) -> None:
    deployments = len(site.deployments())
    site.cloud.faults.set(DENIED)

    run = site.run(alarm_event())
    assert (run.status, run.error) == ("FAILED", "PermissionDeniedError")
    first = site.notices(run.arn)[0]

    again = site.redrive(run.arn)
    assert (again.status, again.error) == ("FAILED", "PermissionDeniedError")
    second = site.notices(run.arn)[0]

    site.cloud.faults.clear()
    fixed = site.redrive(run.arn)

    assert fixed.status == "SUCCEEDED", fixed.cause
    assert fixed.output["outcome"] == "rolled_back"
    assert site.served()["flags"][FLAG]["enabled"] is False
    assert len(site.deployments()) == deployments + 1
    for notice in (first, second):
        assert notice["action"] == "rollback_failed"
        assert notice["failedState"] == "CreateVersion"
        assert states(notice) == {FLAG: "on"}
        assert run.arn in notice["redriveCommand"]
        assert notice["environmentName"] == "production"
        assert notice["measured"]["values"] == [12.7]
    assert [n["action"] for n in site.notices(run.arn)] == ["rollback"]


#: Above 248 KiB, the event of a failed execution leaves its input out (Step Functions developer
#: guide, "Step Functions and EventBridge").
LONG = {"padding": "x" * 249 * 1024}


@pytest.mark.parametrize("padding", [{}, LONG], ids=["short input", "long input"])
def test_a_machine_that_never_reached_its_notice_is_announced_from_outside(
    site: Site, padding: dict[str, str]
) -> None:
    site.hold("FetchConfig")
    stepfunctions = site.cloud.client("stepfunctions")
    execution = site.start(alarm_event() | padding)
    site.await_state(execution, "FetchConfig")
    stepfunctions.stop_execution(executionArn=execution, error="Stopped", cause="by a person")
    assert ended(site.cloud, execution)["status"] == "ABORTED"

    notice = site.notices(execution)[0]
    assert notice["error"] in {"Stopped", "Execution ABORTED"}
    assert notice["failedState"] == "FetchConfig"
    assert states(notice) == {FLAG: "on"}

    site.cloud.faults.clear()
    assert site.redrive(execution).output["outcome"] == "rolled_back"


def test_a_failure_notice_that_failed_is_sent_by_the_other_road(site: Site) -> None:
    site.cloud.faults.set(Fault("sns:Publish", 403, "AuthorizationError", times=1))

    run = site.run(alarm_event("no-such-flag"))

    assert run.error == "FlagNotFoundError"
    assert "PermissionDeniedError" in run.state_data["AwaitRedrive"]
    assert site.notices(run.arn)[0]["failedState"] == "FetchConfig"


def test_a_rollback_without_its_notice_is_red_and_redrive_sends_it(site: Site) -> None:
    versions, deployments = len(site.versions()), len(site.deployments())
    site.cloud.faults.set(Fault("sns:Publish", 403, "AuthorizationError", times=1))

    run = site.run(alarm_event())

    assert (run.status, run.error) == ("FAILED", "NoticeNotSentError")
    failure = site.notices(run.arn)[0]
    assert (failure["failedState"], states(failure)) == ("Notify", {FLAG: "off"})

    redriven = site.redrive(run.arn)

    assert redriven.output["outcome"] == "rolled_back"
    assert redriven.output["fromVersion"] + 1 == redriven.output["toVersion"]
    assert len(site.versions()) == versions + 1
    assert len(site.deployments()) == deployments + 1
    assert site.notices(run.arn)[0]["outcome"] == "rolled_back"


def test_a_metric_that_cannot_be_written_is_noted_and_the_run_stays_green(site: Site) -> None:
    site.cloud.faults.set(Fault("cloudwatch:PutMetricData", 403, "AccessDenied"))

    run = site.run(alarm_event())

    assert run.status == "SUCCEEDED"
    assert run.output["outcome"] == "rolled_back"
    assert run.output["metricFailure"]["Error"] == "PermissionDeniedError"


def test_a_redrive_overrules_the_age_of_the_alarm(site: Site) -> None:
    flag, old = "redriven-late", datetime.now(UTC) - timedelta(minutes=20)
    site.release({"flags": {flag: {"enabled": True}}})
    name = create_alarm(site.cloud, flag)
    cloudwatch = site.cloud.client("cloudwatch")
    site.cloud.faults.set(DENIED)
    known = frozenset(site.executions())
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    machine = site.stack.outputs["StateMachineArn"]
    site.await_end(started_execution(site.cloud, machine, known=known))
    run = site.run(alarm_event(flag, at=old))
    assert run.error == "PermissionDeniedError"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    site.cloud.faults.clear()

    assert site.run(alarm_event(flag, at=old)).output["outcome"] == "ignored"
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
