"""Draws the states of docs/architecture.md from the state machine: `make picture`."""

from __future__ import annotations

import json
import re
from typing import Any

from flag_rollback.execution.machine import read_machine
from local.cloud import REPOSITORY

DEFINITION = REPOSITORY / "state_machine" / "rollback.asl.json"
PAPER = REPOSITORY / "docs" / "architecture.md"
_BLOCK = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
# One shape for each type of state, as Mermaid writes it around the name.
_SHAPES = {
    "Task": '["{}"]',
    "Choice": '{{"{}"}}',
    "Pass": '("{}")',
    "Wait": '[/"{}"/]',
    "Succeed": '(["{}"])',
    "Fail": '(["{}"])',
}


def mermaid(definition: dict[str, Any]) -> str:
    """Draw a state machine as a Mermaid flowchart; what a Catch leads to is dotted."""
    machine = read_machine(definition)
    lines = ["flowchart TD"]
    for state in machine.states:
        lines.append(f"  {_id(state.name)}{_SHAPES[state.type].replace('{}', state.name)}")
    for edge in machine.edges:
        arrow = "-.->" if edge.kind == "catch" else "-->"
        label = f"|{edge.label}|" if edge.label else ""
        lines.append(f"  {_id(edge.source)} {arrow}{label} {_id(edge.target)}")
    return "\n".join(lines)


def with_picture(paper: str, definition: dict[str, Any]) -> str:
    """Put the picture in the place of the paper's Mermaid block."""
    block = f"```mermaid\n{mermaid(definition)}\n```\n"
    return _BLOCK.sub(lambda _: block, paper, count=1)


def _id(name: str) -> str:
    return re.sub(r"\W", "", name)


def main() -> None:
    """Bring the picture up to date."""
    definition = json.loads(DEFINITION.read_text("utf-8"))
    PAPER.write_text(with_picture(PAPER.read_text("utf-8"), definition), "utf-8")


if __name__ == "__main__":
    main()
