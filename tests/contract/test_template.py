"""The template fits the state machine and the functions: one vocabulary, one set of settings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import Any

import pytest

from appconfig_rollback.adapters.settings import Settings
from tests.contract.shipped import (
    AFTERCARE_MACHINE,
    AFTERCARE_TASKS,
    AFTERCARE_TEXT,
    DEFINITION_TEXT,
    FUNCTION_RESOURCES,
    FUNCTIONS,
    ROOT,
    STARTER,
    STATE_MACHINE,
    STEPS,
    TASKS,
    TEMPLATE,
    resource_of,
    state_of,
    tree,
)
from tests.settings import SETTINGS

MODULES = sorted(FUNCTIONS.rglob("*.py"))


@pytest.mark.parametrize(
    ("text", "machine"),
    [(DEFINITION_TEXT, STATE_MACHINE), (AFTERCARE_TEXT, AFTERCARE_MACHINE)],
    ids=["rollback", "aftercare"],
)
def test_the_placeholders_of_a_definition_are_the_substitutions_of_the_template(
    text: str, machine: dict[str, Any]
) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)\}", text))

    assert placeholders == machine["DefinitionSubstitutions"].keys()


def test_every_task_has_a_module_and_every_module_a_task() -> None:
    assert not TASKS.keys() & AFTERCARE_TASKS.keys()
    tasks = {*TASKS, *AFTERCARE_TASKS}
    assert {state_of(step) for step in STEPS.keys() - {STARTER}} == tasks


def test_every_module_has_a_function_and_every_function_a_module() -> None:
    assert {resource_of(step) for step in STEPS} == FUNCTION_RESOURCES.keys()


@pytest.mark.parametrize("step", sorted(STEPS.keys() - {STARTER}))
def test_state_module_and_function_have_one_name(step: str) -> None:
    machine = STATE_MACHINE if state_of(step) in TASKS else AFTERCARE_MACHINE
    task = (TASKS | AFTERCARE_TASKS)[state_of(step)]
    substitutions = machine["DefinitionSubstitutions"]

    assert task["Resource"] == f"${{{resource_of(step)}Arn}}"
    assert substitutions[f"{resource_of(step)}Arn"] == {"Fn::GetAtt": [resource_of(step), "Arn"]}


@pytest.mark.parametrize("step", STEPS)
def test_a_module_is_the_handler_of_its_function(step: str) -> None:
    resource = FUNCTION_RESOURCES[resource_of(step)]

    assert resource["Handler"] == f"{step}.handler"
    # The AWS CLI's `package` does not read CodeUri from Globals.
    assert resource["CodeUri"] == "functions/"


@pytest.mark.parametrize("step", STEPS)
def test_every_module_has_a_handler(step: str) -> None:
    handlers = [
        node
        for node in tree(STEPS[step]).body
        if isinstance(node, ast.FunctionDef) and node.name == "handler"
    ]

    assert [len(handler.args.args) for handler in handlers] == [2]


def test_the_template_sets_the_settings_that_the_functions_read() -> None:
    class Recording(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            read.add(name)
            return super().__getitem__(name)

    read: set[str] = set()
    Settings.read(Recording(SETTINGS))

    assert read == TEMPLATE["Globals"]["Function"]["Environment"]["Variables"].keys()


def test_only_the_settings_module_reads_the_environment() -> None:
    reading = {
        module
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }

    assert reading == {FUNCTIONS / "appconfig_rollback" / "adapters" / "settings.py"}


def test_a_function_imports_only_what_lambda_brings_or_functions_holds() -> None:
    own = {path.stem for path in FUNCTIONS.iterdir()}
    brought = {"boto3", "botocore"}
    for module in MODULES:
        imported: set[str] = set()
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module}: imports are absolute"
                imported.add(str(node.module).split(".")[0])
        imported = {name for name in imported if not name.startswith("mypy_boto3_")}  # types only

        assert imported <= sys.stdlib_module_names | own | brought, module


def test_the_domain_knows_no_adapter() -> None:
    domain = [path for path in MODULES if path.parent.name == "appconfig_rollback"]
    adapter = r"^\s*(from|import) (appconfig_rollback(\.| import )adapters|boto)"

    assert domain
    assert [path for path in domain if re.search(adapter, path.read_text(), re.MULTILINE)] == []


def test_parse_alarm_starts_without_loading_the_sdk() -> None:
    sdk = "{'boto3', 'botocore'}"
    script = f"import sys, parse_alarm; print(sorted({sdk} & sys.modules.keys()))"

    found = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(FUNCTIONS)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "[]\n"


def test_the_template_has_its_parameters_with_their_defaults() -> None:
    defaults = {name: each.get("Default") for name, each in TEMPLATE["Parameters"].items()}

    assert defaults == {
        "ApplicationId": None,
        "EnvironmentId": None,
        "ConfigurationProfileId": None,
        "AlarmNamePrefix": "FeatureFlag-",
        "AlarmNameSuffix": "-ErrorRate",
        "NotificationEmail": "",
        "MaxAlarmAgeMinutes": 15,
        "RollbackBudgetMinutes": 15,
        "Mode": "auto",
        "BusyEnvironment": "wait",
        "MaxFlagsPerHour": 0,
        "SweepSeconds": 300,
        "WatchMinutes": 15,
        "FlagsAt": "",
        "Experiments": "stop",
        "KmsKeyArns": "",
        "MonitorRoleArns": "",
    }


@pytest.mark.parametrize(
    ("parameter", "allowed"),
    [
        ("Mode", ["auto", "notify", "off"]),
        ("BusyEnvironment", ["wait", "stop"]),
        ("Experiments", ["stop", "leave"]),
    ],
)
def test_a_choice_of_the_stack_has_the_values_that_the_functions_know(
    parameter: str, allowed: list[str]
) -> None:
    # YAML reads a bare off as false.
    assert TEMPLATE["Parameters"][parameter]["AllowedValues"] == allowed


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ROLLBACK_MODE", {"Ref": "Mode"}),
        ("BUSY_ENVIRONMENT", {"Ref": "BusyEnvironment"}),
        ("SWEEP_SECONDS", {"Ref": "SweepSeconds"}),
        ("WATCH_MINUTES", {"Ref": "WatchMinutes"}),
        ("EXPERIMENTS", {"Ref": "Experiments"}),
        ("FLAGS_AT", {"Ref": "FlagsAt"}),
        ("MONITOR_ROLE_ARNS", {"Fn::Join": [",", {"Ref": "MonitorRoleArns"}]}),
    ],
)
def test_a_setting_comes_from_the_parameter_of_its_name(setting: str, value: object) -> None:
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"][setting] == value


def test_the_stack_can_be_told_to_sweep_nothing() -> None:
    assert TEMPLATE["Parameters"]["SweepSeconds"]["MinValue"] == 0


def test_the_stack_can_be_told_to_watch_nothing_and_for_two_hours_at_most() -> None:
    parameter = TEMPLATE["Parameters"]["WatchMinutes"]

    assert (parameter["MinValue"], parameter["MaxValue"]) == (0, 120)


def test_roles_of_monitors_are_there_where_the_parameter_names_any() -> None:
    joined = {"Fn::Join": ["", {"Ref": "MonitorRoleArns"}]}

    assert TEMPLATE["Parameters"]["MonitorRoleArns"]["Type"] == "CommaDelimitedList"
    assert TEMPLATE["Conditions"]["HasMonitorRoles"] == {"Fn::Not": [{"Fn::Equals": [joined, ""]}]}


def test_the_template_has_its_outputs() -> None:
    assert TEMPLATE["Outputs"].keys() == {
        "StateMachineArn",
        "NotificationTopicArn",
        "AlarmRuleName",
        "DeadLetterQueueUrl",
        "DeploymentStrategyId",
    }


def test_the_strategy_deploys_at_once_and_does_not_bake() -> None:
    strategy = TEMPLATE["Resources"]["DeploymentStrategy"]["Properties"]

    assert (
        strategy["DeploymentDurationInMinutes"],
        strategy["GrowthFactor"],
        strategy["FinalBakeTimeInMinutes"],
    ) == (0, 100, 0)


@pytest.mark.parametrize(
    "name",
    [name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::Logs::LogGroup"],
)
def test_no_log_is_kept_for_ever(name: str) -> None:
    assert TEMPLATE["Resources"][name]["Properties"]["RetentionInDays"] > 0


def test_every_check_that_is_skipped_has_its_reason() -> None:
    skipped = [
        skip
        for resource in TEMPLATE["Resources"].values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]

    assert skipped
    for skip in skipped:
        assert skip.keys() == {"id", "comment"}
        assert len(skip["comment"].split()) > 3
