"""Each role may do what its function does, on all that AWS checks, and nothing else."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from appconfig_rollback.aftercare.watch import machine_of_watches
from local.template_permissions import as_list
from local.template_permissions import statements as policy_statements
from tests.contract.shipped import (
    AFTERCARE_TASKS,
    FUNCTION_RESOURCES,
    FUNCTIONS,
    RESOURCES,
    STEPS,
    TASKS,
    TEMPLATE_TEXT,
    resource_of,
    statements,
    tree,
)

_APPLICATION = "application/${ApplicationId}"
_ENVIRONMENT = f"{_APPLICATION}/environment/${{EnvironmentId}}"
_PROFILE = f"{_APPLICATION}/configurationprofile/${{ConfigurationProfileId}}"
_VERSIONS = f"{_PROFILE}/hostedconfigurationversion/*"
_DEPLOYMENTS = f"{_ENVIRONMENT}/deployment/*"
_STRATEGY = "deploymentstrategy/${DeploymentStrategy}"
_EXPERIMENTS = {_APPLICATION, f"{_APPLICATION}/experimentdefinition/*"}
_SERVICE_STRATEGY = "deploymentstrategy/AppConfig.ServiceManaged"

#: Service authorization reference, "Actions, resources, and condition keys for AWS AppConfig":
#: AWS checks an action on every resource type that it lists for it.
RESOURCE_TYPES = {
    "appconfig:GetConfigurationProfile": {_APPLICATION, _PROFILE},
    "appconfig:ListDeployments": {_APPLICATION, _ENVIRONMENT},
    "appconfig:GetDeployment": {_APPLICATION, _ENVIRONMENT, _DEPLOYMENTS},
    "appconfig:GetHostedConfigurationVersion": {_APPLICATION, _PROFILE, _VERSIONS},
    "appconfig:CreateHostedConfigurationVersion": {_APPLICATION, _PROFILE, _VERSIONS},
    "appconfig:ListHostedConfigurationVersions": {_APPLICATION, _PROFILE},
    "appconfig:StopDeployment": {_APPLICATION, _ENVIRONMENT, _DEPLOYMENTS},
    "appconfig:GetApplication": {_APPLICATION},
    "appconfig:GetEnvironment": {_APPLICATION, _ENVIRONMENT},
    "appconfig:UpdateEnvironment": {_APPLICATION, _ENVIRONMENT},
    "appconfig:ListExperimentRuns": _EXPERIMENTS,
    "appconfig:GetExperimentRun": _EXPERIMENTS,
    "appconfig:StopExperimentRun": _EXPERIMENTS,
    "appconfig:StartDeployment": {_APPLICATION, _ENVIRONMENT, _PROFILE, _DEPLOYMENTS, _STRATEGY},
}

#: By which a notice is told what people call the application, the environment and the profile.
_NAMES = {
    "appconfig:GetApplication",
    "appconfig:GetEnvironment",
    "appconfig:GetConfigurationProfile",
}
#: The AWS calls that each step can reach.
CALLS = {
    "parse_alarm": {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAlarmContributors",
        "cloudwatch:ListTagsForResource",
    },
    "fetch_config": {
        "appconfig:GetConfigurationProfile",
        "appconfig:ListDeployments",
        "appconfig:GetDeployment",
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:ListHostedConfigurationVersions",
        "appconfig:ListExperimentDefinitions",
        "appconfig:ListExperimentRuns",
        "appconfig:GetExperimentRun",
        "cloudwatch:ListTagsForResource",
        "states:DescribeExecution",
    },
    "stop_rollout": {"appconfig:GetDeployment", "appconfig:StopDeployment"},
    "stop_experiment": {
        "appconfig:GetExperimentRun",
        "appconfig:StopExperimentRun",
        "appconfig:StartDeployment",
    },
    "create_version": {
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:CreateHostedConfigurationVersion",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAlarmContributors",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:ListAlarmMuteRules",
        "cloudwatch:GetAlarmMuteRule",
    },
    "find_monitors": {"appconfig:GetEnvironment", "cloudwatch:DescribeAlarms"},
    "suspend_monitors": {
        "appconfig:GetEnvironment",
        "appconfig:UpdateEnvironment",
        "iam:PassRole",
    },
    "restore_monitors": {
        "appconfig:GetEnvironment",
        "appconfig:UpdateEnvironment",
        "iam:PassRole",
    },
    "start_deployment": {"appconfig:StartDeployment", "kms:GenerateDataKey"},
    "check_deployment": {
        "states:DescribeExecution",
        "appconfig:GetDeployment",
        "appconfig:ListDeployments",
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:ListHostedConfigurationVersions",
        "appconfig:ListExperimentDefinitions",
        "appconfig:ListExperimentRuns",
        "appconfig:GetExperimentRun",
    },
    "notify": {"sns:Publish", *_NAMES},
    "record_metric": {"cloudwatch:PutMetricData"},
    "notify_failure": {
        "sns:Publish",
        *_NAMES,
        "states:GetExecutionHistory",
        "states:DescribeExecution",
        "appconfig:GetConfigurationProfile",
        "appconfig:ListDeployments",
        "appconfig:GetDeployment",
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:ListHostedConfigurationVersions",
        "appconfig:ListExperimentDefinitions",
        "appconfig:ListExperimentRuns",
        "appconfig:GetExperimentRun",
        "appconfig:GetEnvironment",
    },
    "await_redrive": {"states:DescribeExecution"},
    "start_aftercare": {
        "states:DescribeExecution",
        "states:GetExecutionHistory",
        "states:StartExecution",
        "appconfig:GetHostedConfigurationVersion",
    },
    "look_after": {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAlarmContributors",
        "appconfig:ListDeployments",
        "appconfig:GetDeployment",
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:ListHostedConfigurationVersions",
        "appconfig:ListExperimentDefinitions",
        "appconfig:ListExperimentRuns",
        "appconfig:GetExperimentRun",
    },
    "tell_aftercare": {"sns:Publish", *_NAMES},
    "record_aftercare": {"cloudwatch:PutMetricData"},
}
#: The adapters' functions and methods, and the calls behind them.
ADAPTERS = {
    "current_state": {"cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmContributors"},
    "contributors": {"cloudwatch:DescribeAlarmContributors"},
    "tags": {"cloudwatch:ListTagsForResource"},
    "states": {"cloudwatch:DescribeAlarms"},
    "seen": {"cloudwatch:DescribeAlarms"},
    "firing": {"cloudwatch:DescribeAlarms"},
    "muted": {"cloudwatch:ListAlarmMuteRules", "cloudwatch:GetAlarmMuteRule"},
    "named_target": _NAMES,
    "profile_type": {"appconfig:GetConfigurationProfile"},
    "served": {
        "appconfig:ListDeployments",
        "appconfig:ListHostedConfigurationVersions",
    },
    "of_profile": {
        "appconfig:ListExperimentDefinitions",
        "appconfig:ListExperimentRuns",
        "appconfig:GetExperimentRun",
    },
    "run": {"appconfig:GetExperimentRun"},
    # AppConfig deploys when a run is stopped.
    "stop": {"appconfig:StopExperimentRun", "appconfig:StartDeployment"},
    "exposure": {
        "appconfig:GetDeployment",
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:ListHostedConfigurationVersions",
    },
    "document": {"appconfig:GetHostedConfigurationVersion"},
    "versions": {"appconfig:ListHostedConfigurationVersions"},
    "create_version": {"appconfig:CreateHostedConfigurationVersion"},
    "start_deployment": {
        "appconfig:StartDeployment",
        "kms:GenerateDataKey",
    },
    "deployment": {"appconfig:GetDeployment"},
    "stop_deployment": {"appconfig:StopDeployment"},
    "monitors": {"appconfig:GetEnvironment"},
    # AppConfig is given the monitors' roles with each change of the environment.
    "set_monitors": {"appconfig:UpdateEnvironment", "iam:PassRole"},
    "publish": {"sns:Publish"},
    "put": {"cloudwatch:PutMetricData"},
    "attempt": {"states:GetExecutionHistory"},
    "last_state_data": {"states:GetExecutionHistory"},
    "is_running": {"states:DescribeExecution"},
    "redriven_at": {"states:DescribeExecution"},
    "execution_input": {"states:DescribeExecution"},
    "output": {"states:DescribeExecution"},
    "start": {"states:StartExecution"},
}
#: Modules of the domain that ask AppConfig through the store that a step hands them.
HANDED_THE_STORE = {
    "fetch_config": [
        FUNCTIONS / "appconfig_rollback" / f"{module}.py"
        for module in ("decision", "under_way", "turned_off")
    ]
}
#: What has a role of its own.
ROLES = (*FUNCTION_RESOURCES, "RollbackStateMachine", "AftercareStateMachine")
GRANTS = [(resource, statement) for resource in ROLES for statement in statements(resource)]


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


@pytest.mark.parametrize("step", STEPS)
def test_the_table_of_calls_is_what_the_module_reaches(step: str) -> None:
    modules = [tree(STEPS[step]), *map(tree, HANDED_THE_STORE.get(step, []))]
    nodes = [node for module in modules for node in ast.walk(module)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    handed_on = {"partial", "patiently", "read", "submit"}  # which call what they are given
    named = [call.args[0] if _name(call.func) in handed_on else call.func for call in calls]
    called = {_name(node) for node in named}

    reached = [ADAPTERS[name] for name in called & ADAPTERS.keys()]
    assert set().union(*reached) == CALLS[step]


@pytest.mark.parametrize("step", STEPS)
def test_a_function_may_do_exactly_what_it_calls(step: str) -> None:
    granted = [
        action
        for statement in statements(resource_of(step))
        for action in as_list(statement["Action"])
    ]

    assert sorted(granted) == sorted(CALLS[step])


@pytest.mark.parametrize(
    ("resource", "action", "granted"),
    [
        (resource, action, as_list(statement["Resource"]))
        for resource, statement in GRANTS
        for action in as_list(statement["Action"])
        if action in RESOURCE_TYPES
    ],
)
def test_an_appconfig_action_is_granted_on_all_its_resource_types(
    resource: str, action: str, granted: list[dict[str, str]]
) -> None:
    prefix = "arn:${AWS::Partition}:appconfig:${AWS::Region}:${AWS::AccountId}:"
    arns = {arn["Fn::Sub"] for arn in granted}
    types = RESOURCE_TYPES[action]
    if (resource, action) == ("StopExperimentFunction", "appconfig:StartDeployment"):
        types = types - {_STRATEGY} | {_SERVICE_STRATEGY}

    assert arns == {prefix + kind for kind in types}, resource


@pytest.mark.parametrize("resource", ROLES)
def test_no_role_is_given_more_than_it_names(resource: str) -> None:
    for statement in statements(resource):
        assert statement["Effect"] == "Allow"
        assert statement["Sid"]
        assert not any("*" in action for action in as_list(statement["Action"]))
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition", "OnlyIf"}


def test_every_wildcard_resource_has_its_reason_right_above_the_statement() -> None:
    lines = TEMPLATE_TEXT.splitlines()
    bare = []
    for number, line in enumerate(lines):
        if re.fullmatch(r'\s*(- |Resource: )"\*"', line):
            sid = max(n for n in range(number) if lines[n].lstrip().startswith("- Sid:"))
            bare += [number + 1] if not lines[sid - 1].lstrip().startswith('# "*": ') else []

    assert bare == []
    everywhere = [each for name in RESOURCES for each in policy_statements(RESOURCES[name])]
    assert all("Resource" in each and "NotResource" not in each for each in everywhere)
    assert len(re.findall(r'^\s*# "\*": ', TEMPLATE_TEXT, re.MULTILINE)) == sum(
        "*" in as_list(each["Resource"]) for each in everywhere
    )


def test_nothing_else_in_the_template_grants_anything() -> None:
    granting = {name for name in RESOURCES if [*policy_statements(RESOURCES[name])]}

    queues = {"DeadLetterQueuePolicy", "AftercareDeadLetterQueuePolicy"}
    assert granting == {*ROLES, *queues}
    for name in ROLES:
        # A policy of SAM's, or one of AWS's, would be a text or name actions of its own.
        for policy in RESOURCES[name]["Properties"]["Policies"]:
            assert policy.keys() == {"Version", "Statement"}


@pytest.mark.parametrize("function", ["RecordMetricFunction", "RecordAftercareFunction"])
def test_metrics_may_be_written_to_the_namespace_of_the_project_alone(function: str) -> None:
    (statement,) = statements(function)

    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "FeatureFlags"}}


def test_series_and_tags_are_read_of_alarms_alone() -> None:
    reading = [
        statement["Resource"]
        for _, statement in GRANTS
        if {"cloudwatch:DescribeAlarmContributors", "cloudwatch:ListTagsForResource"}
        & {*as_list(statement["Action"])}
    ]

    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    assert reading == [{"Fn::Sub": alarms}] * 4


def test_roles_are_passed_to_appconfig_alone_and_only_where_the_stack_names_them() -> None:
    passing = {
        resource: statement
        for resource, statement in GRANTS
        if statement["Action"] == "iam:PassRole"
    }

    assert passing.keys() == {"SuspendMonitorsFunction", "RestoreMonitorsFunction"}
    for statement in passing.values():
        assert statement["Resource"] == {"Ref": "MonitorRoleArns"}
        assert statement["Condition"] == {
            "StringEquals": {"iam:PassedToService": "appconfig.amazonaws.com"}
        }
        assert statement["OnlyIf"] == "HasMonitorRoles"


def test_an_appconfig_action_without_resource_types_of_its_own_is_one_that_lists_an_account() -> (
    None
):
    others = {
        action
        for _, statement in GRANTS
        for action in as_list(statement["Action"])
        if action.startswith("appconfig:") and action not in RESOURCE_TYPES
    }

    assert others == {"appconfig:ListExperimentDefinitions"}


def test_keys_are_used_to_deploy_alone_and_only_those_that_the_stack_names() -> None:
    (using,) = ((name, grant) for name, grant in GRANTS if "kms:" in str(grant["Action"]))

    assert using[0] == "StartDeploymentFunction"
    assert using[1]["Resource"] == {"Ref": "KmsKeyArns"}
    assert using[1]["OnlyIf"] == "HasKmsKeys"


def test_only_passing_roles_and_using_keys_depend_on_how_the_stack_is_set() -> None:
    conditional = {statement["Action"] for _, statement in GRANTS if "OnlyIf" in statement}

    assert conditional == {"iam:PassRole", "kms:GenerateDataKey"}


@pytest.mark.parametrize(
    ("machine", "tasks"),
    [("RollbackStateMachine", TASKS), ("AftercareStateMachine", AFTERCARE_TASKS)],
)
def test_a_state_machine_may_invoke_its_steps_and_no_other_function(
    machine: str, tasks: dict[str, Any]
) -> None:
    invoke = next(
        statement
        for statement in statements(machine)
        if statement["Action"] == "lambda:InvokeFunction"
    )

    assert [arn["Fn::GetAtt"] for arn in invoke["Resource"]] == [
        [name, "Arn"] for name in FUNCTION_RESOURCES if name.removesuffix("Function") in tasks
    ]
    assert len(invoke["Resource"]) == len(tasks)


def test_the_roles_name_executions_of_the_state_machine_by_its_own_name() -> None:
    name = RESOURCES["RollbackStateMachine"]["Properties"]["Name"]
    resources = [
        arn["Fn::Sub"]
        for _, statement in GRANTS
        if str(statement["Action"]).startswith("states:")
        and statement["Action"] != "states:StartExecution"
        for arn in as_list(statement["Resource"])
    ]

    assert name == {"Ref": "AWS::StackName"}
    assert set(resources) == {
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}:*"
    }


def test_only_watches_are_started_and_only_by_who_begins_them() -> None:
    (starting,) = (
        (name, grant) for name, grant in GRANTS if grant["Action"] == "states:StartExecution"
    )
    machine = RESOURCES["AftercareStateMachine"]["Properties"]["Name"]["Fn::Sub"]

    assert starting[0] == "StartAftercareFunction"
    assert starting[1]["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:"
        + machine
    }
    rollback = "arn:aws:states:eu-west-1:123456789012:execution:NAME:run-1"
    found = machine_of_watches(rollback).rpartition(":")[2]
    assert found == machine.replace("${AWS::StackName}", "NAME")
