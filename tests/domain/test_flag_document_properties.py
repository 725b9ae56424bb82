"""Whatever the document looks like: turning a flag off changes what the rule names, no more."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tests.domain.documents import NOW, WHEN, WHY, Case
from tests.domain.generated import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.documents

#: Where a value stands: keys with their occurrence (a key may stand twice), and list indexes.
Path = tuple[Any, ...]


class Pairs(list[tuple[str, Any]]):
    """An object as it is written: its members in order, all of them."""


def _parsed(content: bytes) -> object:
    """Parse a document; numbers stay as they are written, so 1.0 differs from 1."""
    text = content.decode().removeprefix("\ufeff")
    return json.loads(text, parse_int=_Number, parse_float=_Number, object_pairs_hook=Pairs)


class _Number(str):
    """A number's text, which must not equal a string of the same characters."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Number) and str(self) == str(other)

    __hash__ = str.__hash__


def _leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Go through all that has no parts, and the empty containers, in the order of the text."""
    if isinstance(value, Pairs):
        seen: Counter[str] = Counter()
        for key, item in value:
            seen[key] += 1
            yield from _leaves(item, (*path, (key, seen[key])))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    if not isinstance(value, list) or not value:
        yield path, value


def _keys(path: Path) -> list[Any]:
    return [step[0] if isinstance(step, tuple) else step for step in path]


def _within(path: Path, case: Case) -> list[Any] | None:
    """The keys below the flag that goes off; None for a path elsewhere."""
    keys, depth = _keys(path), len(case.where)
    return keys[depth:] if keys[:depth] == list(case.where) else None


def _named_by_a_rule(path: Path, old: object, case: Case) -> tuple[object] | None:
    """What a shape's rule puts at a path, in a tuple; None where it names none."""
    shapes, within = case.shapes, _within(path, case)
    has_notes = shapes & {"workshop", "enabled"}
    match within:
        case [] if "boolean" in shapes:
            return (False,)
        case ["enabled", *_] if shapes & {"workshop", "enabled", "list"}:
            return (False,)
        case ["enabled"] | ["_variants", int(), "enabled"] if "feature flag" in shapes:
            return ("false",) if old in ("true", "false") else (False,)
        case ["rolloutPercentage", *_] if has_notes:
            return (_Number("0"),)
        case ["metadata", "lastRollback", *_] if has_notes:
            return (WHEN,)
        case ["metadata", "rollbackReason", *_] if has_notes:
            return (WHY,)
        case ["state", *_] if "flagd" in shapes:
            return ("DISABLED",)
        case ["default", *_] | ["rules", str(), "when_match", *_] if "powertools" in shapes:
            return (False,)
    match _keys(path):
        case ["version"] if "workshop" in shapes and _is_text(old):
            return ("2026.3.2.1705",)
        case ["lastUpdated"] if "workshop" in shapes and _is_text(old):
            return (WHEN,)
    return None


def _expected(path: Path, before: dict[Path, object], case: Case) -> object:
    """What the rules put at a path of the document; the value itself where they name none."""
    new = _named_by_a_rule(path, before.get(path), case)
    return new[0] if new else before.get(path, "nothing may be here")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


@given(documents())
def test_turning_off_changes_what_the_rule_names_and_nothing_else(case: Case) -> None:
    before = dict(_leaves(_parsed(case.document.content)))
    after = dict(_leaves(_parsed(case.turned_off().content)))

    wrong = {
        path: value
        for path, value in after.items()
        if value != _expected(path, before, case)
        or type(value) is not type(_expected(path, before, case))
    }
    replaced = [path for path in before if path not in after]

    assert wrong == {}
    # What is gone was a container or an empty one, in whose place the rule has put a value.
    assert all(_is_within_a_rule(path, before, case) for path in replaced), replaced
    assert [path for path in after if path in before] == [path for path in before if path in after]


def _is_within_a_rule(path: Path, before: dict[Path, object], case: Case) -> bool:
    """Whether a rule may put a value in place of what holds this path."""
    match _within(path, case):
        case [] | ["_variants", int()]:
            return "feature flag" in case.shapes  # an empty flag or variant has got a switch
        case ["metadata"]:
            empty = before[path] == Pairs()
            return "workshop" in case.shapes or ("enabled" in case.shapes and empty)
    return _named_by_a_rule(path, before[path], case) is not None


@given(documents())
def test_a_flag_that_was_turned_off_reads_back_as_off(case: Case) -> None:
    after = case.turned_off()

    assert not after.is_on(case.flag)
    assert (after.content_type, after.profile_type) == (
        case.document.content_type,
        case.document.profile_type,
    )


def _is_off(value: object) -> bool:
    return value is False or value in ("false", "DISABLED")


@given(documents())
def test_nothing_that_is_off_is_ever_turned_on(case: Case) -> None:
    before = dict(_leaves(_parsed(case.document.content)))
    after = dict(_leaves(_parsed(case.turned_off().content)))

    changed = {path for path in before if _is_off(before[path]) and not _is_off(after.get(path))}

    # What the notes and the percentage were before is gone with all that was in it.
    no_switches = {"rolloutPercentage", "lastRollback", "rollbackReason"}
    assert all(no_switches & set(_keys(path)) for path in changed), changed


@given(documents())
def test_turning_off_twice_is_turning_off_once(case: Case) -> None:
    once = case.turned_off()

    assert once.turned_off({case.flag: WHY}, NOW) == once.content


@given(documents())
def test_the_switch_alone_can_be_turned_off_as_well(case: Case) -> None:
    alone = case.document.switched_off(case.flag)

    full, bare = (dict(_leaves(_parsed(content))) for content in (case.turned_off().content, alone))
    beside = {path for path in full if full[path] != bare.get(path)}
    notes = ("metadata", "lastRollback", "rollbackReason", "version", "lastUpdated")
    assert all(set(_keys(path)) & set(notes) for path in beside), beside
    assert not replace(case.document, content=alone).is_on(case.flag)


@given(documents())
def test_the_flag_is_named_and_has_a_place(case: Case) -> None:
    assert case.flag in case.document.flags()
    assert str(case.where[0]) in case.document.where(case.flag)
