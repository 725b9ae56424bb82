"""A flag goes off because its alarm fired: the whole workflow on the embedded cloud."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.demo_flags import breach, create_alarm, read_as_client
from local.following import started_execution
from local.mailbox import mails
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags, other_alarm
from tests import events
from tests.contract.shipped import TASKS
from tests.workflow.told import outcomes

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

#: What Lambda itself writes around an invocation.
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId")
HAPPY_PATH = [
    "Begin",
    "ParseAlarm",
    "FetchConfig",
    "WhatToDo?",
    "CreateVersion",
    "StartDeployment",
    "CheckDeployment",
    "HowDidItEnd?",
    "RolledBack",
    "WhatRemains?",
    "Notify",
    "RecordMetric",
    "Done",
]


def test_a_breaching_metric_turns_the_flag_off_for_clients(cloud: EmbeddedCloud) -> None:
    flags = new_flags(cloud)
    site = Site.build(cloud, flags, "by-metric", NotificationEmail="on-call@example.com")
    alarm = create_alarm(cloud, FLAG)

    breach(cloud, FLAG)
    run = site.await_end(started_execution(cloud, site.stack.outputs["StateMachineArn"]))

    assert run.status == "SUCCEEDED", run.cause
    assert run.states == HAPPY_PATH
    assert run.output == {
        "outcome": "rolled_back",
        "flags": [{"flag": FLAG, "outcome": "rolled_back"}],
        "reason": run.output["reason"],
        "fromVersion": 1,
        "toVersion": 2,
        "deploymentNumber": 2,
        "alarmName": alarm,
    }
    assert "Threshold Crossed" in run.output["reason"]
    client = read_as_client(cloud, flags)["flags"]
    assert client[FLAG]["enabled"] is False
    assert client[FLAG]["rolloutPercentage"] == 0
    assert client["search-v2"] == DOCUMENT["flags"]["search-v2"]

    notice = site.notices(run.arn)[0]
    assert (notice["action"], notice["outcome"]) == ("rollback", "rolled_back")
    assert outcomes(notice) == {FLAG: "rolled_back"}
    mail = wait_for(
        lambda: next((m for m in mails(cloud) if run.arn in m.text), None), "the mail", seconds=60
    )
    assert mail.subject == f"OFF production {FLAG}: rolled back"
    metrics = {
        (metric["MetricName"], *(d["Value"] for d in metric["Dimensions"]))
        for metric in cloud.client("cloudwatch").list_metrics(Namespace="FeatureFlags")["Metrics"]
    }
    assert {("AutomatedRollback", FLAG), ("AlarmToFlagOff",)} <= metrics

    described = cloud.client("appconfig").get_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        DeploymentNumber=2,
    )
    for told in (FLAG, alarm, run.arn.split(":")[-1]):
        assert told in described["Description"]


def test_only_alarms_of_flags_start_a_rollback(site: Site) -> None:
    cloudwatch = site.cloud.client("cloudwatch")
    for name in ("Other-search-v2-ErrorRate", "FeatureFlag-search-v2-Latency"):
        other_alarm(site.cloud, name, "ALARM")
    create_alarm(site.cloud, "search-v2")
    name = "FeatureFlag-search-v2-ErrorRate"
    known = frozenset(site.executions())
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")

    run = site.await_end(
        started_execution(site.cloud, site.stack.outputs["StateMachineArn"], known=known)
    )

    assert outcomes(run.output) == {"search-v2": "rolled_back"}
    assert len(set(site.executions()) - known) == 1


@pytest.mark.parametrize("sample", ["sns_record", "lambda_alarm_action"])
def test_other_wrappings_of_an_alarm_roll_back_too(site: Site, sample: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    source = events.sample(sample)
    if sample == "sns_record":
        message = json.loads(source["Records"][0]["Sns"]["Message"])
        message |= {"StateChangeTime": now, "AlarmName": f"FeatureFlag-{FLAG}-ErrorRate"}
        source["Records"][0]["Sns"]["Message"] = json.dumps(message)
    else:
        source["alarmData"]["alarmName"] = f"FeatureFlag-{FLAG}-ErrorRate"
        source["alarmData"]["state"]["timestamp"] = now

    run = site.run(source)

    assert run.output["outcome"] == "rolled_back"
    assert site.served()["flags"][FLAG]["enabled"] is False


def test_a_flag_that_is_off_is_left_alone_and_told(site: Site) -> None:
    document = {"flags": {FLAG: {"enabled": False}}}
    version = site.release(document)
    versions, deployments = site.versions(), site.deployments()

    run = site.run(alarm_event())

    assert run.output["outcome"] == "already_off"
    assert run.output["fromVersion"] == version
    assert run.output["toVersion"] is run.output["deploymentNumber"] is None
    assert (site.versions(), site.deployments()) == (versions, deployments)
    assert site.notices(run.arn)[0]["outcome"] == "already_off"


def test_an_alarm_that_calls_for_nothing_is_counted_and_not_told(site: Site) -> None:
    versions = site.versions()

    run = site.run(alarm_event(value="OK"))

    assert run.status == "SUCCEEDED"
    assert run.output["outcome"] == "ignored"
    assert "OK" in run.output["reason"]
    assert "Notify" not in run.states
    assert "RecordMetric" in run.states
    assert site.versions() == versions
    assert site.notices(run.arn, expected=0) == []


def test_an_old_alarm_acts_only_while_it_fires(site: Site) -> None:
    flag, old = "old-news", datetime.now(UTC) - timedelta(minutes=20)
    site.release({"flags": {flag: {"enabled": True}}})
    name = create_alarm(site.cloud, flag)
    cloudwatch = site.cloud.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")

    assert site.run(alarm_event(flag, at=old)).output["outcome"] == "ignored"

    known = frozenset(site.executions())
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    machine = site.stack.outputs["StateMachineArn"]
    site.await_end(started_execution(site.cloud, machine, known=known))
    site.release({"flags": {flag: {"enabled": True}}})
    assert site.run(alarm_event(flag, at=old)).output["outcome"] == "rolled_back"


def test_a_newer_draft_is_not_released(site: Site) -> None:
    draft = {"flags": {FLAG: {"enabled": True}, "half-done": {"enabled": True}}}
    site.cloud.client("appconfig").create_hosted_configuration_version(
        ApplicationId=site.flags.application_id,
        ConfigurationProfileId=site.flags.profile_id,
        Content=json.dumps(draft).encode(),
        ContentType="application/json",
    )

    run = site.run(alarm_event())

    assert run.output["toVersion"] == run.output["fromVersion"] + 2
    assert "half-done" not in site.served()["flags"]
    assert site.served()["flags"][FLAG]["enabled"] is False


def test_a_document_of_1_5_mb_keeps_every_other_byte_and_no_state_carries_it(site: Site) -> None:
    filler = ", ".join(f'"flag-{n}": {{"enabled": true, "weight": {n}.0}}' for n in range(32_000))
    head = f'{{"flags": {{{filler}, "big": 1234567890123456789012345678901234567890e400, '
    text = head + f'"{FLAG}": {{"enabled": true, "note": "ä"}}, "last": {{"enabled": true}}}}}}'
    assert len(text.encode()) > 1_500_000
    version = site.release(text)

    run = site.run(alarm_event())

    assert run.output["outcome"] == "rolled_back", run.cause
    written = site.content(version + 1).decode()
    assert written.startswith(head + f'"{FLAG}": {{"enabled": false, "note": "ä"')
    assert written.endswith('}, "last": {"enabled": true}}}')
    # A task's input is the state data and the context's execution, which holds the event.
    largest = max(map(len, run.state_data.values())) + len(run.description["input"])
    assert largest < 8 * 1024


def test_every_line_that_a_function_logs_is_json_and_names_the_execution(site: Site) -> None:
    run = site.run(alarm_event())
    steps = [name for name in run.states if name in TASKS]

    def all_lines() -> list[dict[str, Any]] | None:
        """Read the lines once the last step's are there: they may come after its answer."""
        found = _lines(site)
        ends = [line for line in found if _is_of(run.arn, line) and line["message"] == "Task ends"]
        # StartAftercare, which is no step, may have looked at the execution by now.
        steps_ended = [line for line in ends if "begun" not in line["rollback"]["answer"]]
        return found if len(steps_ended) >= len(steps) else None

    lines = wait_for(all_lines, "a line of each step's end", seconds=20)

    assert all(line["rollback"]["executionArn"] for line in lines)
    ours = [line for line in lines if _is_of(run.arn, line)]
    begun = [line for line in ours if line["message"] == "Task begins"]
    ended = [line for line in ours if line["message"] == "Task ends"]
    assert len([line for line in begun if line["rollback"]["state"] is not None]) == len(steps)
    assert len([line for line in ended if "begun" not in line["rollback"]["answer"]]) == len(steps)


def _lines(site: Site) -> list[dict[str, Any]]:
    """Read what all functions have logged by our logger."""
    pages = (
        site.cloud.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/{site.stack.name}")
    )
    texts = [event["message"] for page in pages for event in page["events"]]
    written = [json.loads(text) for text in texts if not text.startswith(PLATFORM)]
    return [line for line in written if "logger" in line]  # others are the runtime's own


def _is_of(arn: str, line: dict[str, Any]) -> bool:
    return bool(line["rollback"]["executionArn"] == arn)
