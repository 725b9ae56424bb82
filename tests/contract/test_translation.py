"""SAM accepts the template and makes of it what the rollback relies on."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.guarding import DIMENSION, FLAG_TAGS
from local.template_permissions import as_list
from tests.contract.shipped import AFTERCARE, DEFINITION, STEPS, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    """The resources of the CloudFormation template that SAM makes."""
    from local.translation import translated  # SAM's translator takes a while to import

    resources: dict[str, Any] = translated(TEMPLATE)["Resources"]
    return resources


def _of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == kind
    }


def _alarm_rule(resources: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = resources["RollbackStateMachineAlarmFired"]["Properties"]
    return rule


def test_the_rule_takes_alarms_by_their_series_tags_and_name(
    translated: dict[str, Any],
) -> None:
    named = {"wildcard": {"Fn::Sub": "${AlarmNamePrefix}*${AlarmNameSuffix}"}}
    of_the_alarm = [
        {"alarmTags": {FLAG_TAGS[0]: [{"exists": True}]}},
        {"alarmTagsStatus": [{"anything-but": ["SUCCESS"]}]},
        {"alarmName": [named]},
    ]

    assert _alarm_rule(translated)["EventPattern"] == {
        "source": ["aws.cloudwatch"],
        "account": [{"Ref": "AWS::AccountId"}],
        "region": [{"Ref": "AWS::Region"}],
        "resources": [{"anything-but": {"wildcard": _watchers_arns(translated)}}],
        "detail": {"state": {"value": ["ALARM"]}},
        "$or": [
            {
                "detail-type": ["CloudWatch Alarm Contributor State Change"],
                "detail": {"alarmContributor": {"attributes": {DIMENSION: [{"exists": True}]}}},
            },
            *(
                {"detail-type": ["CloudWatch Alarm State Change"], "detail": detail}
                for detail in of_the_alarm
            ),
        ],
    }


def _watchers_arns(resources: dict[str, Any]) -> list[dict[str, str]]:
    """What the ARNs of the stack's own alarms look like, once CloudFormation has named them."""
    below = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    watchers = _of_type(resources, "AWS::CloudWatch::Alarm")
    assert not any("AlarmName" in watcher for watcher in watchers.values())
    return [{"Fn::Sub": f"{below}${{AWS::StackName}}-{name}-*"} for name in watchers]


def test_the_rule_starts_the_state_machine_with_the_whole_event(
    translated: dict[str, Any],
) -> None:
    (target,) = _alarm_rule(translated)["Targets"]

    assert target["Arn"] == {"Ref": "RollbackStateMachine"}
    assert not target.keys() & {"Input", "InputPath", "InputTransformer"}


def test_an_event_that_is_not_delivered_in_time_goes_to_the_dead_letter_queue(
    translated: dict[str, Any],
) -> None:
    (target,) = _alarm_rule(translated)["Targets"]

    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 15 * 60
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}}


def test_every_rule_may_write_to_the_dead_letter_queue_that_it_names(
    translated: dict[str, Any],
) -> None:
    granted = [
        source["Fn::GetAtt"][0]
        for policy in _of_type(translated, "AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for source in as_list(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
    ]
    with_queue = [
        name
        for name, rule in _of_type(translated, "AWS::Events::Rule").items()
        if any("DeadLetterConfig" in target for target in rule["Targets"])
    ]

    assert sorted(granted) == sorted(with_queue)


def test_the_state_machines_are_standard_ones_with_traces_and_logs(
    translated: dict[str, Any],
) -> None:
    machines = _of_type(translated, "AWS::StepFunctions::StateMachine")

    assert machines.keys() == {"RollbackStateMachine", "AftercareStateMachine"}
    for machine in machines.values():
        assert machine.get("StateMachineType", "STANDARD") == "STANDARD"
        assert machine["TracingConfiguration"] == {"Enabled": True}
        assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert "QueryLanguage" not in DEFINITION.keys() | AFTERCARE.keys(), "JSONPath"


def test_every_function_has_a_role_of_its_own_one_runtime_no_layer_and_logs_of_json(
    translated: dict[str, Any],
) -> None:
    functions = _of_type(translated, "AWS::Lambda::Function")
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]

    assert len(functions) == len(STEPS)
    assert len(set(roles)) == len(roles)
    for function in functions.values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert "Layers" not in function
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
        assert function["Timeout"] >= 30


def test_every_end_in_failure_is_announced_by_the_notifier_as_well(
    translated: dict[str, Any],
) -> None:
    rule = translated["NotifyFailureFunctionExecutionFailed"]["Properties"]

    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [{"Ref": "RollbackStateMachine"}],
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
        },
    }
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["NotifyFailureFunction", "Arn"]}


def test_every_success_of_a_rollback_may_begin_a_watch(translated: dict[str, Any]) -> None:
    rule = translated["StartAftercareFunctionRollbackSucceeded"]["Properties"]

    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "account": [{"Ref": "AWS::AccountId"}],
        "region": [{"Ref": "AWS::Region"}],
        "detail": {
            "stateMachineArn": [{"Ref": "RollbackStateMachine"}],
            "status": ["SUCCEEDED"],
        },
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["StartAftercareFunction", "Arn"]}
    assert target["DeadLetterConfig"] == {
        "Arn": {"Fn::GetAtt": ["AftercareDeadLetterQueue", "Arn"]}
    }


@pytest.mark.parametrize(
    ("function", "dead_letters"),
    [
        ("NotifyFailureFunction", "DeadLetterQueue"),
        ("StartAftercareFunction", "AftercareDeadLetterQueue"),
    ],
)
def test_news_that_a_function_fails_at_are_kept_in_its_dead_letter_queue(
    translated: dict[str, Any], function: str, dead_letters: str
) -> None:
    invoke = _event_invoke_configs(translated)[function]
    role = translated[f"{function}Role"]["Properties"]
    allowed = [
        (statement["Action"], statement["Resource"])
        for policy in role["Policies"]
        for statement in as_list(policy["PolicyDocument"]["Statement"])
    ]
    queue = {"Fn::GetAtt": [dead_letters, "Arn"]}

    assert invoke["DestinationConfig"]["OnFailure"]["Destination"] == queue
    assert ("sqs:SendMessage", queue) in allowed


def test_the_alarm_that_starts_a_rollback_warms_the_functions_of_its_later_steps_up(
    translated: dict[str, Any],
) -> None:
    rule = translated["WarmUpRule"]["Properties"]
    targets = {target["Id"]: target for target in rule["Targets"]}
    permitted = [
        permission["FunctionName"]["Ref"]
        for permission in _of_type(translated, "AWS::Lambda::Permission").values()
        if permission["SourceArn"] == {"Fn::GetAtt": ["WarmUpRule", "Arn"]}
    ]

    alarm_rule = translated["RollbackStateMachineAlarmFired"]["Properties"]
    assert rule["EventPattern"] == alarm_rule["EventPattern"]
    assert targets.keys() == {"CreateVersion", "StartDeployment"}
    assert sorted(permitted) == sorted(f"{step}Function" for step in targets)
    for step, target in targets.items():
        assert target["Arn"] == {"Fn::GetAtt": [f"{step}Function", "Arn"]}
        assert json.loads(target["Input"]) == {"warmUp": True}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
        queued = _event_invoke_configs(translated)[f"{step}Function"]
        assert queued["MaximumEventAgeInSeconds"] <= 60
        assert queued["MaximumRetryAttempts"] == 0


def _event_invoke_configs(resources: dict[str, Any]) -> dict[str, Any]:
    """How functions take asynchronous calls, by the functions' names."""
    configs = _of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    return {config["FunctionName"]["Ref"]: config for config in configs}


def test_the_watchers_watch_the_notifier_every_rule_the_watches_and_the_dead_letter_queues(
    translated: dict[str, Any],
) -> None:
    alarms = _of_type(translated, "AWS::CloudWatch::Alarm").values()
    watched = {
        (alarm["Namespace"], alarm["MetricName"], json.dumps(alarm["Dimensions"][0]["Value"]))
        for alarm in alarms
    }
    rules = {
        ("AWS/Events", "FailedInvocations", json.dumps({"Ref": rule}))
        for rule in _of_type(translated, "AWS::Events::Rule").keys() - {"WarmUpRule"}
    }  # nothing depends on a warm-up, and one that failed calls for nothing
    functions = {
        ("AWS/Lambda", "Errors", json.dumps({"Ref": function}))
        for function in ("NotifyFailureFunction", "StartAftercareFunction")
    }
    queues = {
        (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            json.dumps({"Fn::GetAtt": [queue, "QueueName"]}),
        )
        for queue in _of_type(translated, "AWS::SQS::Queue")
    }
    red = ("AWS/States", "ExecutionsFailed", json.dumps({"Ref": "AftercareStateMachine"}))

    assert watched == rules | functions | queues | {red}
    for alarm in alarms:
        assert alarm["AlarmActions"] == [{"Ref": "NotificationTopic"}]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


def test_no_resource_needs_itself(translated: dict[str, Any]) -> None:
    needs = {name: set(_needed(each)) & translated.keys() for name, each in translated.items()}

    assert len(list(TopologicalSorter(needs).static_order())) == len(translated)


def _needed(value: object) -> Iterator[str]:
    """The resources that a value refers to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("Ref", "DependsOn"):
                yield from map(str, as_list(inner))
            elif key == "Fn::GetAtt":
                yield (inner if isinstance(inner, list) else str(inner).split("."))[0]
            elif key == "Fn::Sub":
                text = inner if isinstance(inner, str) else inner[0]
                yield from re.findall(r"\$\{(\w+)", text)
            yield from _needed(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _needed(inner)
