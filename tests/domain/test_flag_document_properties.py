"""Whatever the document looks like: turning a flag off changes what the rule names, no more."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from appconfig_rollback.flag_document import FEATURE_FLAGS
from tests.domain.documents import NOW, WHEN, WHY, Case, documents

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
    keys = _keys(path)
    return keys[2:] if keys[:2] == [case.holder, case.flag] else None


def _expected(path: Path, before: dict[Path, object], case: Case) -> object:
    """What the rule puts at a path of the document; the value itself where it names none."""
    freeform = case.document.profile_type != FEATURE_FLAGS
    match _within(path, case):
        case ["enabled", *_] | ["_variants", int(), "enabled", *_]:
            return False
        case ["rolloutPercentage", *_] if freeform:
            return _Number("0")
        case ["metadata", "lastRollback", *_] if freeform:
            return WHEN
        case ["metadata", "rollbackReason", *_] if freeform:
            return WHY
    match _keys(path):
        case ["version"] if freeform and _is_text(before.get(path)):
            return "2026.3.2.1705"
        case ["lastUpdated"] if freeform and _is_text(before.get(path)):
            return WHEN
    return before.get(path, "nothing may stand here")


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
    assert all(_is_within_a_rule(path, case) for path in replaced), replaced
    assert [path for path in after if path in before] == [path for path in before if path in after]


def _is_within_a_rule(path: Path, case: Case) -> bool:
    """Whether the rule may put a value in place of what holds this path."""
    freeform = case.document.profile_type != FEATURE_FLAGS
    match _within(path, case):
        case [] | ["enabled", *_] | ["_variants", int()] | ["_variants", int(), "enabled", *_]:
            return True  # an empty flag or variant, or what the switch was
        case ["metadata"] | ["metadata", "lastRollback" | "rollbackReason", *_]:
            return freeform
        case ["rolloutPercentage", *_]:
            return freeform
    return False


@given(documents())
def test_a_flag_that_was_turned_off_reads_back_as_off(case: Case) -> None:
    after = case.turned_off()

    assert not after.is_on(case.flag)
    assert (after.content_type, after.profile_type) == (
        case.document.content_type,
        case.document.profile_type,
    )


def _is_switch(path: Path) -> bool:
    return bool(path) and isinstance(path[-1], tuple) and path[-1][0] == "enabled"


@given(documents())
def test_nothing_ever_turns_a_flag_on(case: Case) -> None:
    def switches(content: bytes) -> dict[Path, object]:
        leaves = dict(_leaves(_parsed(content)))
        return {path: leaves[path] for path in leaves if _is_switch(path)}

    before, after = switches(case.document.content), switches(case.turned_off().content)

    assert all(after[path] is False or after[path] == before[path] for path in after)
    assert all(after[path] is False for path in after if before.get(path, False) is False)


@given(documents())
def test_turning_off_twice_is_turning_off_once(case: Case) -> None:
    once = case.turned_off()

    assert once.turned_off(case.flag, WHY, NOW) == once.content
