"""Reads the mock configuration (Step Functions developer guide, "sfn-local-mock-cfg-file").

A mocked response answers the tries of a state, numbered from 0 over the whole execution: retries
and further entries of the state count on. (So says Step Functions Local 2.0.0; the guide shows it
for retries only.)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines.definition import MACHINE

PATH = Path(__file__).parents[1] / "workflow" / "mock_config.json"
CONFIG: dict[str, Any] = json.loads(PATH.read_text())
TEST_CASES: dict[str, dict[str, str]] = CONFIG["StateMachines"][MACHINE]["TestCases"]
MOCKED_RESPONSES: dict[str, dict[str, Any]] = CONFIG["MockedResponses"]


@dataclass(frozen=True)
class Return:
    """A try that succeeds with this answer."""

    answer: Any


@dataclass(frozen=True)
class Throw:
    """A try that fails."""

    error: str
    cause: str


def tries(response: str) -> list[Return | Throw]:
    """Spread out a mocked response: what each try meets, the first try first."""
    spread: list[Return | Throw] = []
    for numbers, content in MOCKED_RESPONSES[response].items():
        first, _, last = numbers.partition("-")
        assert int(first) == len(spread), f"{response}: {numbers} leaves a gap"
        spread += [_try(content)] * (int(last or first) - int(first) + 1)
    return spread


def _try(content: dict[str, Any]) -> Return | Throw:
    ((kind, value),) = content.items()
    if kind == "Return":
        return Return(value)
    assert kind == "Throw", kind
    return Throw(value["Error"], value["Cause"])
