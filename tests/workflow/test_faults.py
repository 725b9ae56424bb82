"""Every state under faults of each kind: red, announced once, and green after one redrive."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.demo_flags import create_alarm
from local.faults import Fault
from local.following import started_execution
from local.site import EndedExecution, Site, alarm_event
from tests.workflow.told import states

pytestmark = pytest.mark.cloud

#: The AWS call of each state that the faults strike, and what tells it from others' same call.
CALLS = {
    "ParseAlarm": ("cloudwatch:DescribeAlarms", ""),
    "FetchConfig": ("appconfig:ListHostedConfigurationVersions", ""),
    "CreateVersion": ("appconfig:CreateHostedConfigurationVersion", ""),
    "StartDeployment": ("appconfig:StartDeployment", ""),
    "CheckDeployment": ("appconfig:GetDeployment", "/deployments/{next}"),
    "Notify": ("sns:Publish", "rolled+back"),
}
#: What befalls the call: status, code and body of the answer, and the error that the run ends with.
FAULTS: dict[str, tuple[int, str, str | None, str]] = {
    "throttled": (429, "ThrottlingException", None, "RetryLaterError"),
    "server error": (500, "InternalServerException", None, "RetryLaterError"),
    "access denied": (403, "AccessDeniedException", None, "PermissionDeniedError"),
    "not found": (404, "ResourceNotFoundException", None, "ResourceMissingError"),
    "malformed answer": (200, "", "neither JSON nor XML", "RetryLaterError"),
}
#: Each call is refused for good, and answered with what nobody can read: so what calls AWS names
#: its errors, and reads the answer where they are named. Which refusal gets which name is in
#: tests/adapters/test_named_errors.py; where each name leads from each state, in tests/engines.
STRUCK = [
    ("ParseAlarm", "throttled"),
    ("StartDeployment", "server error"),
    *((state, "malformed answer") for state in CALLS),
    *zip(CALLS, ["access denied", "not found"] * 3, strict=True),
]
#: How often the SDK (3 tries) and the state machine (9) together make a call before they give up.
TRIES = {"throttled": 27}
FLAG = "struck"


@pytest.fixture
def firing(site: Site) -> Site:
    """The flag is on, and its alarm in ALARM: an event of any age calls for a rollback."""
    site.release({"flags": {FLAG: {"enabled": True}}})
    cloudwatch = site.cloud.client("cloudwatch")
    if not cloudwatch.describe_alarms(AlarmNames=[f"FeatureFlag-{FLAG}-ErrorRate"])["MetricAlarms"]:
        known = frozenset(site.executions())
        name = create_alarm(site.cloud, FLAG)
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
        machine = site.stack.outputs["StateMachineArn"]
        site.await_end(started_execution(site.cloud, machine, known=known))
        site.release({"flags": {FLAG: {"enabled": True}}})
    return site


@pytest.mark.parametrize(("state", "fault"), STRUCK)
def test_a_call_that_fails_for_good(firing: Site, state: str, fault: str) -> None:
    action, about = CALLS[state]
    about = about.format(next=len(firing.deployments()) + 1)
    status, code, body, error = FAULTS[fault]
    if state == "Notify" and error != "RetryLaterError":
        error = "NoticeNotSentError"
    strike = Fault(action, status, code, about=about, body=body)
    assert_red_told_once_and_redrivable(firing, strike, state, error)


@pytest.mark.parametrize("state", CALLS)
def test_a_function_that_runs_out_of_time(firing: Site, state: str) -> None:
    strike = Fault("lambda:InvokeFunction", code="Unknown", about=f"-{state}Function")
    assert_red_told_once_and_redrivable(firing, strike, state, "LambdaUnknown")


@pytest.mark.parametrize("fault", ["throttled", "access denied"])
def test_a_failure_notice_that_cannot_be_sent_is_made_up_for(firing: Site, fault: str) -> None:
    status, code, body, _ = FAULTS[fault]
    firing.cloud.faults.set(
        Fault("sns:Publish", status, code, body=body, times=TRIES.get(fault, 1))
    )

    run = firing.run(alarm_event("no-such-flag"))

    assert (run.status, run.error) == ("FAILED", "FlagNotFoundError")
    assert "Error" in json.loads(run.state_data["AwaitRedrive"])["failureNotice"]
    assert [n["failedState"] for n in firing.notices(run.arn)] == ["FetchConfig"]
    assert firing.notices(run.arn, expected=0) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_ends_under_its_error_whatever_befalls_the_question_for_a_redrive(
    firing: Site, fault: str
) -> None:
    status, code, body, _ = FAULTS[fault]
    firing.cloud.faults.set(Fault("states:DescribeExecution", status, code, body=body))

    run = firing.run(alarm_event("no-such-flag"))

    assert (run.status, run.error) == ("FAILED", "FlagNotFoundError")
    firing.release({"flags": {"no-such-flag": {"enabled": True}}})
    assert firing.redrive(run.arn).output["outcome"] == "rolled_back"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_metric_that_cannot_be_written_leaves_the_run_green(firing: Site, fault: str) -> None:
    status, code, body, _ = FAULTS[fault]
    firing.cloud.faults.set(Fault("cloudwatch:PutMetricData", status, code, body=body))

    run = firing.run(alarm_event(FLAG))

    assert run.output["outcome"] == "rolled_back"
    # PutMetricData answers with nothing, so a malformed answer cannot be told from a good one.
    assert ("metricFailure" in run.output) is (body is None)


def assert_red_told_once_and_redrivable(site: Site, strike: Fault, state: str, error: str) -> None:
    old = datetime.now(UTC) - timedelta(minutes=20)  # so that ParseAlarm asks for the alarm
    before, deployments = site.versions(), len(site.deployments())
    site.cloud.faults.set(strike)

    run = site.run(alarm_event(FLAG, at=old))

    assert (run.status, run.error) == ("FAILED", error), run.cause
    assert state_that_failed(run) == state
    notice = site.notices(run.arn)[0]
    assert notice["failedState"] == state
    assert notice["attempts"] >= 1
    assert states(notice) == {FLAG: "on" if site.served()["flags"][FLAG]["enabled"] else "off"}
    assert set(before) <= set(site.versions())

    site.cloud.faults.clear()
    redriven = site.redrive(run.arn)

    assert redriven.status == "SUCCEEDED", redriven.cause
    assert redriven.output["outcome"] == "rolled_back"
    assert site.served()["flags"][FLAG]["enabled"] is False
    assert len(site.deployments()) == deployments + 1
    assert [n["action"] for n in site.notices(run.arn)] == ["rollback"]


def state_that_failed(run: EndedExecution) -> str:
    return run.states[run.states.index("MarkFailure") - 1]
