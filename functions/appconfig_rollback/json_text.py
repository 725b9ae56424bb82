"""Changes single values inside a JSON text and leaves every other character as it is.

Parsing a document and writing it again would turn `1.0` into `1`, cut long integers, lose the
writer's layout. So this module only finds where the values are, with the standard library's own
scanner, and splices the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from appconfig_rollback.untyped import Json

#: Far more than any flag needs, and far less than the parsers can bear: they recurse, and what one
#: could still read, the next one, called from deeper within the program, could not.
DEEPEST = 200

_SPACE = re.compile(r"[ \t\n\r]*")
#: A string as a whole, so that brackets in it do not count, or a bracket. One that does not end
#: goes on to the end of the text: whatever the text, no character is looked at twice.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.?[^"\\]*)*(?:"|\Z)|[][{}]', re.DOTALL)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Numbers stay text: none can be too long, and none is rounded.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse_constant)


@dataclass(frozen=True)
class Edit:
    """Put `text` in place of the characters from `start` to before `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Value:
    """A value within a JSON text, by its position."""

    source: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The value as it is written."""
        return self.source[self.start : self.end]

    @property
    def is_object(self) -> bool:
        """Whether it is an object."""
        return self.source[self.start] == "{"

    @property
    def is_array(self) -> bool:
        """Whether it is an array."""
        return self.source[self.start] == "["

    @property
    def is_string(self) -> bool:
        """Whether it is a string."""
        return self.source[self.start] == '"'

    @property
    def is_boolean(self) -> bool:
        """Whether it is `true` or `false`."""
        return self.source[self.start] in "tf"

    @property
    def parsed(self) -> Json:
        """The value in Python's types; a number is its text."""
        return _DECODER.scan_once(self.source, self.start)[0]  # type: ignore[attr-defined]

    def members(self) -> Iterator[Member]:
        """Go through the members of an object; nothing where it is none."""
        if not self.is_object:
            return
        at = _after_space(self.source, self.start + 1)
        while self.source[at] != "}":
            key, key_end = scanstring(self.source, at + 1, True)
            value_start = _after_space(self.source, _after_space(self.source, key_end) + 1)
            value = _value_at(self.source, value_start)
            yield Member(key, at, key_end, value)
            at = _after_space(self.source, value.end)
            if self.source[at] == ",":
                at = _after_space(self.source, at + 1)

    def items(self) -> Iterator[Value]:
        """Go through the items of an array; nothing where it is none."""
        if not self.is_array:
            return
        at = _after_space(self.source, self.start + 1)
        while self.source[at] != "]":
            value = _value_at(self.source, at)
            yield value
            at = _after_space(self.source, value.end)
            if self.source[at] == ",":
                at = _after_space(self.source, at + 1)

    def named(self, key: str) -> list[Value]:
        """Find the values of a key.

        JSON allows a key to appear twice, and parsers differ in which one they take, so all are
        given, in the order of the text.
        """
        return [member.value for member in self.members() if member.key == key]

    def replaced_by(self, new: object) -> Edit:
        """Replace the whole value."""
        return Edit(self.start, self.end, json.dumps(new))

    def with_members(self, new: dict[str, Any]) -> Edit:
        """Add members behind the last one of an object, laid out as the first one is."""
        return self.with_texts({key: json.dumps(value) for key, value in new.items()})

    def with_texts(self, new: dict[str, str]) -> Edit:
        """Add members whose values are JSON texts, as `with_members` does."""
        members = list(self.members())
        if not members:
            pairs = ", ".join(f"{json.dumps(key)}: {text}" for key, text in new.items())
            return Edit(self.start, self.end, f"{{{pairs}}}")
        first, last = members[0], members[-1]
        lead = self.source[self.start + 1 : first.start]
        colon = self.source[first.key_end : first.value.start]
        between = lead or (" " if colon.endswith(" ") else "")
        text = "".join(f",{between}{json.dumps(key)}{colon}{value}" for key, value in new.items())
        return Edit(last.value.end, last.value.end, text)

    def without(self, *keys: str) -> Edit:
        """Leave members out of an object; those that stay are as they are written."""
        kept = [
            self.source[member.start : member.value.end]
            for member in self.members()
            if member.key not in keys
        ]
        return Edit(self.start, self.end, f"{{{','.join(kept)}}}")


@dataclass(frozen=True)
class Member:
    """A key of an object (unescaped), its position, and its value."""

    key: str
    start: int
    key_end: int
    value: Value


def read(text: str) -> Value:
    """Find the one value of a JSON text.

    Raises:
        ValueError: the text is not JSON (RFC 8259), and the message says where; or it is nested
            deeper than `DEEPEST`.
    """
    _refuse_too_deep(text)
    start = _after_space(text, 1 if text.startswith("\ufeff") else 0)
    value = _value_at(text, start)
    if _after_space(text, value.end) != len(text):
        raise json.JSONDecodeError("Extra data", text, value.end)
    return value


def apply(text: str, edits: list[Edit]) -> str:
    """Make the edits; of two that concern the same characters, the one that is listed first."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start < at:
            continue
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


def _refuse_too_deep(text: str) -> None:
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        first = text[found.start()]
        if first in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValueError(f"it is nested too deeply, more than {DEEPEST} deep")
        elif first in "]}":
            depth -= 1


def _value_at(text: str, start: int) -> Value:
    try:
        _, end = _DECODER.scan_once(text, start)  # type: ignore[attr-defined]
    except StopIteration as error:
        raise json.JSONDecodeError("Expecting value", text, error.value) from error
    return Value(text, start, end)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
