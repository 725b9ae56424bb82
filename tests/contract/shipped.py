"""What ships, as data: the state machine's definition, the template, the functions' modules."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # takes a tenth of the time
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
TEMPLATE_TEXT = (ROOT / "template.yaml").read_text()
DEFINITION_TEXT = (ROOT / "state_machine" / "rollback.asl.json").read_text()
AFTERCARE_TEXT = (ROOT / "state_machine" / "aftercare.asl.json").read_text()


class _Loader(SafeLoader):
    """Reads CloudFormation's short forms (`!Ref X`) as their long ones (`{"Ref": X}`)."""


def _long_form(loader: SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = loader.construct_scalar(node)  # type: ignore[arg-type]
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice would silently win."""
    assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


DEFINITION: dict[str, Any] = json.loads(DEFINITION_TEXT, object_pairs_hook=_once)
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
AFTERCARE: dict[str, Any] = json.loads(AFTERCARE_TEXT, object_pairs_hook=_once)
AFTERCARE_TASKS: dict[str, dict[str, Any]] = {
    name: state for name, state in AFTERCARE["States"].items() if state["Type"] == "Task"
}

TEMPLATE: dict[str, Any] = yaml.load(TEMPLATE_TEXT, Loader=_Loader)  # noqa: S506 - is a SafeLoader
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
FUNCTION_RESOURCES = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::Function"
}
STATE_MACHINE: dict[str, Any] = RESOURCES["RollbackStateMachine"]["Properties"]
AFTERCARE_MACHINE: dict[str, Any] = RESOURCES["AftercareStateMachine"]["Properties"]

#: The module that serves no state: it begins a watch.
STARTER = "start_aftercare"
#: The modules of functions, by name; each but the starter serves a state of one of the machines.
STEPS = {path.stem: path for path in sorted(FUNCTIONS.glob("*.py"))}


def resource_of(step: str) -> str:
    """The name of the function resource that serves a step, by the one vocabulary."""
    return f"{state_of(step)}Function"


def state_of(step: str) -> str:
    return "".join(word.capitalize() for word in step.split("_"))


def step_of(state: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in state).lstrip("_")


def statements(resource: str) -> Iterator[dict[str, Any]]:
    """The statements of a function's or the state machine's own policies.

    One that stands there only under a condition of the template has it as `OnlyIf`.
    """
    for policy in RESOURCES[resource]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            if "Fn::If" in statement:
                condition, statement, otherwise = statement["Fn::If"]
                assert otherwise == {"Ref": "AWS::NoValue"}
                yield {**statement, "OnlyIf": condition}
            else:
                yield statement


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))
