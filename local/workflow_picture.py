"""Draws the workflow of the README from the state machine: `make picture`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.cloud import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFINITION = REPOSITORY / "state_machine" / "rollback.asl.json"
README = REPOSITORY / "README.md"
_BLOCK = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
# One shape for each type of state, as Mermaid writes it around the name.
_SHAPES = {
    "Task": '["{}"]',
    "Choice": '{{"{}"}}',
    "Pass": '("{}")',
    "Wait": '[/"{}"/]',
    "Succeed": '(["{}"])',
}


def mermaid(definition: dict[str, Any]) -> str:
    """Draw a state machine as a Mermaid flowchart; what a Catch leads to is dotted."""
    states = definition["States"]
    lines = ["flowchart TD"]
    for name, state in states.items():
        lines.append(f"  {_id(name)}{_SHAPES[state['Type']].replace('{}', name)}")
    for name, state in states.items():
        lines += [f"  {_id(name)} {arrow} {_id(target)}" for arrow, target in _edges(state)]
    return "\n".join(lines)


def with_picture(readme: str, definition: dict[str, Any]) -> str:
    """Put the picture in the place of the README's Mermaid block."""
    block = f"```mermaid\n{mermaid(definition)}\n```\n"
    return _BLOCK.sub(lambda _: block, readme, count=1)


def _edges(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for rule in state.get("Choices", []):
        yield f"-->|{_label(rule)}|", rule["Next"]
    if "Default" in state:
        yield "-->|otherwise|", state["Default"]
    if "Next" in state:
        yield "-->", state["Next"]
    for catcher in state.get("Catch", []):
        if catcher["Next"] == state["Next"]:
            continue  # the same arrow again
        error = catcher["ErrorEquals"][0]
        yield ("-.->" if error == "States.ALL" else f"-.->|{error}|"), catcher["Next"]


def _label(rule: dict[str, Any]) -> str:
    """Say what a rule of a Choice asks for, in a word or two."""
    if "And" in rule:
        return _label(rule["And"][-1])
    asked = str(rule["Variable"].rsplit(".", 1)[-1])
    if "StringEquals" in rule:
        return str(rule["StringEquals"])
    return f"not {asked}" if rule.get("BooleanEquals") is False else asked


def _id(name: str) -> str:
    return re.sub(r"\W", "", name)


def main() -> None:
    """Bring the README's picture up to date."""
    definition = json.loads(DEFINITION.read_text("utf-8"))
    README.write_text(with_picture(README.read_text("utf-8"), definition), "utf-8")


if __name__ == "__main__":
    main()
