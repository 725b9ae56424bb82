"""The generator makes every kind of document that the rules are to hold for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, find, settings

from appconfig_rollback.flag_document import FEATURE_FLAGS
from tests.domain.documents import FREEFORM, Case
from tests.domain.generated import documents

if TYPE_CHECKING:
    from collections.abc import Callable


def _text(case: Case) -> str:
    return case.document.content.decode()


def _depth(value: object) -> int:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(_depth, inner), default=0)
    return 0


def _parsed(case: Case) -> object:
    return json.loads(case.document.content, parse_int=str, parse_float=str)


def _root(case: Case) -> dict[str, dict[str, object]]:
    parsed = _parsed(case)
    return parsed if isinstance(parsed, dict) else {}


def _spells(pattern: str) -> Callable[[Case], bool]:
    return lambda case: re.search(pattern, _text(case)) is not None


KINDS: dict[str, Callable[[Case], bool]] = {
    "freeform": lambda case: case.document.profile_type == FREEFORM,
    "feature flags": lambda case: case.document.profile_type == FEATURE_FLAGS,
    **{
        f"of the shape {shape}": lambda case, shape=shape: shape in case.shapes  # type: ignore[misc]
        for shape in ("workshop", "boolean", "enabled", "flagd", "powertools", "list")
    },
    "several shapes in one object": lambda case: len(case.shapes) > 1,
    "a flag at the top": lambda case: len(case.where) == 1 and "list" not in case.shapes,
    "a list at the top": lambda case: isinstance(case.where[0], int),
    "a list in a container": lambda case: "list" in case.shapes and len(case.where) == 2,
    "FlagsAt": lambda case: len(case.document.flags_at) > 3 and len(case.where) == 3,
    "a workshop's flag with a namesake": lambda case: (
        "workshop" in case.shapes and case.flag in (_root(case).get("toggles") or {})
    ),
    "nested seven deep": lambda case: _depth(_parsed(case)) >= 7,
    "a Unicode name": lambda case: not case.flag.isascii(),
    "a Unicode name, escaped": lambda case: (
        not case.flag.isascii() and f'"{case.flag}"' not in _text(case)
    ),
    "a flag named like the switch": lambda case: case.flag == "enabled",
    "a flag named like a literal": lambda case: case.flag in ("true", "null"),
    "a flag named like a key of the root": lambda case: case.flag in ("flags", "version"),
    "a text in place of a boolean": _spells(r'"enabled"\s*:\s*"(true|false)"'),
    "an integer of 40 digits": _spells(r"[^.\d]1{40}[^.\d]"),
    "an integer that no float holds": _spells("9007199254740993"),
    "a number beyond any float": _spells("1e400"),
    "the smallest float": _spells("5e-324"),
    "a zero that is negative": _spells(r"-0[^.\d]"),
    "a 1.0": _spells(r"[^\d]1\.0[^\d]"),
    "an empty map": _spells(r"\{\s*\}"),
    "an empty list": _spells(r"\[\s*\]"),
    "a flag that is an empty map": lambda case: (
        case.document.profile_type == FEATURE_FLAGS and {} in _root(case)["values"].values()
    ),
    "variants": _spells(r'"_variants"\s*:\s*\[\s*\{'),
    "a flag that stands twice": lambda case: _text(case).count(f'"{case.flag}"') > 1,
    "a byte order mark": _spells("^\ufeff"),
    "another content type": lambda case: case.document.content_type != "application/json",
}


@pytest.mark.parametrize("kind", KINDS)
def test_two_hundred_examples_have_one_of_each_kind(kind: str) -> None:
    first_found = settings(max_examples=200, derandomize=True, phases=[Phase.generate])
    find(documents(), KINDS[kind], settings=first_found)
