"""`flag-rollback off` runs what ships: the functions' settings, definition and modules."""

from __future__ import annotations

import importlib
import tomllib

import click
import pytest

from appconfig_rollback.adapters.settings import Settings
from flag_rollback.by_hand.settings import variables
from flag_rollback.by_hand.turning_off import START
from flag_rollback.by_hand.walk import definition
from flag_rollback.watched import Watched
from tests.contract.shipped import ROOT, TEMPLATE

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop"


def deployed() -> Watched:
    """A stack with the template's defaults and outputs."""
    given = {"ApplicationId": "app1234", "EnvironmentId": "env1234", "ConfigurationProfileId": "p1"}
    defaults = {
        name: str(parameter.get("Default", ""))
        for name, parameter in TEMPLATE["Parameters"].items()
    }
    outputs = {name: f"the {name}" for name in TEMPLATE["Outputs"]}
    return Watched(MACHINE, "shop", outputs, {**defaults, **given})


def test_a_person_has_every_setting_of_the_functions_from_the_stack() -> None:
    found = variables(deployed())

    assert found.keys() == TEMPLATE["Globals"]["Function"]["Environment"]["Variables"].keys()
    read = Settings.read(found)
    assert (read.target.application, read.deployment_strategy) == (
        "app1234",
        "the DeploymentStrategyId",
    )


def test_a_person_is_not_bound_by_what_alarms_may_do_and_sweeps_nothing_along() -> None:
    stack = deployed()
    stack = Watched(
        MACHINE, "shop", stack.outputs, {**stack.parameters, "Mode": "off", "SweepSeconds": "300"}
    )

    read = Settings.read(variables(stack))

    assert read.mode == "auto"
    assert not read.sweep


def test_a_stack_of_an_older_release_is_named_with_what_it_lacks() -> None:
    stack = deployed()
    older = {k: v for k, v in stack.outputs.items() if k != "DeploymentStrategyId"}

    with pytest.raises(click.ClickException, match="DeploymentStrategyId"):
        variables(Watched(MACHINE, "shop", older, stack.parameters))


def test_every_step_that_a_person_runs_is_installed_with_the_commands() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    wheel = build["targets"]["wheel"]
    steps = {
        state["Resource"].removeprefix("${").removesuffix("FunctionArn}")
        for state in definition()["States"].values()
        if state["Type"] == "Task"
    }

    assert {"functions", "state_machine"} <= set(wheel["only-include"])
    assert wheel["sources"] == ["functions"]
    assert START in steps
    for step in steps:
        name = "".join(f"_{c.lower()}" if c.isupper() else c for c in step).lstrip("_")
        assert callable(importlib.import_module(name).handler)
