"""Whatever the document looks like: turning a flag off changes what the rule names, no more."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import given

from rollback.flag_document import FEATURE_FLAGS, FlagDocument
from tests.domain.documents import NOW, WHEN, WHY, documents

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


def _expected(path: Path, before: dict[Path, object], profile_type: str) -> object:
    """What the rule puts at a path of the document; the value itself where it names none."""
    keys = [step[0] if isinstance(step, tuple) else step for step in path]
    match keys:
        case ["values" | "flags", "a", "enabled", *_]:
            return False
        case ["values" | "flags", "a", "_variants", int(), "enabled", *_]:
            return False
    if profile_type != FEATURE_FLAGS:
        match keys:
            case ["flags", "a", "rolloutPercentage", *_]:
                return _Number("0")
            case ["flags", "a", "metadata", "lastRollback", *_]:
                return WHEN
            case ["flags", "a", "metadata", "rollbackReason", *_]:
                return WHY
            case ["version"] if _is_text(before.get(path)):
                return "2026.3.2.1705"
            case ["lastUpdated"] if _is_text(before.get(path)):
                return WHEN
    return before.get(path, "nothing may stand here")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def _holder(document: FlagDocument) -> str:
    return "values" if document.profile_type == FEATURE_FLAGS else "flags"


@given(documents())
def test_turning_off_changes_what_the_rule_names_and_nothing_else(document: FlagDocument) -> None:
    before = dict(_leaves(_parsed(document.content)))
    after = dict(_leaves(_parsed(document.turned_off("a", WHY, NOW))))

    wrong = {
        path: value
        for path, value in after.items()
        if value != _expected(path, before, document.profile_type)
        or type(value) is not type(_expected(path, before, document.profile_type))
    }
    replaced = [path for path in before if path not in after]

    assert wrong == {}
    # What is gone was a container or an empty one, in whose place the rule has put a value.
    assert all(_is_within_a_rule(path, document) for path in replaced), replaced
    assert [path for path in after if path in before] == [path for path in before if path in after]


def _is_within_a_rule(path: Path, document: FlagDocument) -> bool:
    """Whether the rule may put a value in place of what holds this path."""
    keys = [step[0] if isinstance(step, tuple) else step for step in path]
    match keys:
        case [holder, "a"] if holder == _holder(document):
            return True  # an empty flag
        case [holder, "a", "enabled", *_] if holder == _holder(document):
            return True
        case [holder, "a", "_variants", int(), *rest] if holder == _holder(document):
            return rest[:1] in ([], ["enabled"])
        case ["flags", "a", "metadata"]:
            return document.profile_type != FEATURE_FLAGS
        case ["flags", "a", "metadata", "lastRollback" | "rollbackReason", *_]:
            return document.profile_type != FEATURE_FLAGS
        case ["flags", "a", "rolloutPercentage", *_]:
            return document.profile_type != FEATURE_FLAGS
    return False


@given(documents())
def test_a_flag_that_was_turned_off_reads_back_as_off(document: FlagDocument) -> None:
    after = FlagDocument(
        document.turned_off("a", WHY, NOW), document.content_type, document.profile_type
    )

    assert not after.is_on("a")


def _is_switch(path: Path) -> bool:
    return bool(path) and isinstance(path[-1], tuple) and path[-1][0] == "enabled"


@given(documents())
def test_nothing_ever_turns_a_flag_on(document: FlagDocument) -> None:
    def switches(content: bytes) -> dict[Path, object]:
        leaves = dict(_leaves(_parsed(content)))
        return {path: leaves[path] for path in leaves if _is_switch(path)}

    before, after = switches(document.content), switches(document.turned_off("a", WHY, NOW))

    assert all(after[path] is False or after[path] == before[path] for path in after)
    assert all(after[path] is False for path in after if before.get(path, False) is False)


@given(documents())
def test_turning_off_twice_is_turning_off_once(document: FlagDocument) -> None:
    once = document.turned_off("a", WHY, NOW)
    again = FlagDocument(once, document.content_type, document.profile_type)

    assert again.turned_off("a", WHY, NOW) == once
