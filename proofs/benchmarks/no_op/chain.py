"""The emulator's own cost: as many functions and states as a rollback has, that do nothing.

They are started as a rollback is: by an alarm, through EventBridge. `single` stands for a rollback
in one function; the chain has the states that this project passes up to StartDeployment, each task
a function of its own. Functions that the project warms up when the alarm fires are warmed up here,
too, so that a cold chain costs what the project's cold chain costs without its imports and calls.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

#: Type and name of each state, in the order in which a rollback enters them.
States = list[tuple[str, str]]

SINGLE, CHAIN = "no-op-single", "no-op-chain"
#: What the functions of all who are compared have.
MEMORY_MEGABYTES = 1769
_FOLDER = Path(__file__).parent


def write_template(folder: Path, states: States, warmed: set[str]) -> Path:
    """Write the template of both, and the chain's definition beside it; returns its path.

    `warmed` names the states whose functions are warmed up.
    """
    tasks = [name for kind, name in states if kind == "Task"]
    resources: dict[str, Any] = {
        "Single": _function(
            {"AlarmFired": {"Type": "EventBridgeRule", "Properties": _rule(SINGLE)}}
        )
    }
    resources |= {_logical_id(name): _function({}) for name in tasks}
    resources["Log"] = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": f"/aws/vendedlogs/states/{CHAIN}"},
    }
    resources["Chain"] = _machine(tasks)
    if warm := [name for name in tasks if name in warmed]:
        resources |= _warm_up(warm)
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": resources,
        "Outputs": {"StateMachineArn": {"Value": {"Ref": "Chain"}}},
    }
    (folder / "chain.asl.json").write_text(json.dumps(_definition(states)), "utf-8")
    template = folder / "template.yaml"
    template.write_text(json.dumps(document), "utf-8")
    return template


def warmed_up(template: Path) -> set[str]:
    """Find the states whose functions a rule of the project's template invokes directly."""
    document: dict[str, Any] = yaml_parse(template.read_text("utf-8"))
    targets = [
        json.dumps(target["Arn"])
        for resource in document["Resources"].values()
        if resource["Type"] == "AWS::Events::Rule" and "EventPattern" in resource["Properties"]
        for target in resource["Properties"]["Targets"]
        if "Input" in target
    ]
    functions = [
        name
        for name, resource in document["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    return {
        name.removesuffix("Function")
        for name in functions
        if any(f'"{name}' in target for target in targets)
    }


def _function(events: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "CodeUri": str(_FOLDER),
            "Handler": "handler.handler",
            "Runtime": "python3.13",
            "MemorySize": MEMORY_MEGABYTES,
            "Timeout": 50,
            "Events": events,
        },
    }


def _rule(prefix: str) -> dict[str, Any]:
    return {
        "Pattern": {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": [{"prefix": f"{prefix}-"}], "state": {"value": ["ALARM"]}},
        }
    }


def _machine(tasks: list[str]) -> dict[str, Any]:
    arns = [{"Fn::GetAtt": [_logical_id(name), "Arn"]} for name in tasks]
    statements = [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arns},
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
    ]
    log = {"LogGroupArn": {"Fn::GetAtt": ["Log", "Arn"]}}
    return {
        "Type": "AWS::Serverless::StateMachine",
        "Properties": {
            "Name": CHAIN,
            "DefinitionUri": "chain.asl.json",
            "DefinitionSubstitutions": {
                f"{_logical_id(name)}Arn": arn for name, arn in zip(tasks, arns, strict=True)
            },
            "Logging": {
                "Level": "ALL",
                "IncludeExecutionData": True,
                "Destinations": [{"CloudWatchLogsLogGroup": log}],
            },
            "Policies": [{"Version": "2012-10-17", "Statement": statements}],
            "Events": {"AlarmFired": {"Type": "EventBridgeRule", "Properties": _rule(CHAIN)}},
        },
    }


def _warm_up(names: list[str]) -> dict[str, Any]:
    arns = {name: {"Fn::GetAtt": [_logical_id(name), "Arn"]} for name in names}
    resources: dict[str, Any] = {
        f"May{name}": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": arn,
                "Principal": "events.amazonaws.com",
            },
        }
        for name, arn in arns.items()
    }
    resources["WarmUp"] = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": _rule(CHAIN)["Pattern"],
            "Targets": [
                {"Id": name, "Arn": arn, "Input": '{"warmUp": true}'} for name, arn in arns.items()
            ],
        },
    }
    return resources


def _definition(states: States) -> dict[str, Any]:
    following = [name for _, name in states[1:]]
    written: dict[str, Any] = {}
    for (kind, name), after in zip(states, [*following, "Done"], strict=True):
        if kind == "Task":
            written[name] = {
                "Type": "Task",
                "Resource": f"${{{_logical_id(name)}Arn}}",
                "Parameters": {"execution.$": "$$.Execution", "state.$": "$"},
                "TimeoutSeconds": 60,
                "ResultPath": f"$.{_logical_id(name)}",
                "Next": after,
            }
        elif kind == "Choice":
            never = {"Variable": "$.never", "IsPresent": True, "Next": after}
            written[name] = {"Type": "Choice", "Choices": [never], "Default": after}
        else:
            written[name] = {"Type": "Pass", "Next": after}
    written["Done"] = {"Type": "Succeed"}
    return {"StartAt": states[0][1], "States": written}


def _logical_id(state: str) -> str:
    return "".join(letter for letter in state if letter.isalnum())
