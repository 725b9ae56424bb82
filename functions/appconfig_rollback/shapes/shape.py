"""What every shape answers: is this one of mine, and which of its values turn the flag on?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from appconfig_rollback.json_text import Edit, Value


@dataclass(frozen=True)
class Found:
    """A value under a flag's name, in one place of a document.

    `holder` is the path of keys to the object or list that holds it, empty for the top; `path`
    leads to the value itself. An item of a list can have several `names`, the best one first.
    """

    names: tuple[str, ...]
    holder: str
    path: str
    value: Value
    in_list: bool = False

    @cached_property
    def members(self) -> Mapping[str, list[Value]]:
        """The values of each key, where the value is an object; a key may appear twice."""
        members: dict[str, list[Value]] = {}
        for member in self.value.members():
            members.setdefault(member.key, []).append(member.value)
        return members

    def named(self, key: str) -> list[Value]:
        """Find the values of a key."""
        return self.members.get(key, [])

    def has_boolean(self, key: str) -> bool:
        """Return whether a key has a boolean value."""
        return any(value.is_boolean for value in self.named(key))


@dataclass(frozen=True)
class Switch:
    """A value that turns a flag on, and what it is when the flag is off.

    `key` identifies it among the flag's switches in any version of the document. `value` is None
    where `word` is missing from `holder`. A `dial` is a rollout percentage: it goes to 0 with the
    flag, and does not say whether the flag is on.
    """

    key: str
    holder: Value
    word: str
    value: Value | None
    off: object = False
    dial: bool = False

    @property
    def is_on(self) -> bool:
        """Whether it says that the flag is on: anything but the value for off does."""
        if self.dial:
            return False
        return self.value is None or self.value.parsed != self.off

    def turned_off(self) -> list[Edit]:
        """Turn it off; a missing dial stays missing."""
        if self.value is None:
            return [] if self.dial else [self.holder.with_members({self.word: self.off})]
        return [self.value.replaced_by(self.off)] if self.dial or self.is_on else []

    def turned_back(self, before: Switch) -> list[Edit]:
        """Write what it was before, character by character."""
        if before.value is None:  # without the word a flag is on
            return [] if self.dial or self.value is None else [self.value.replaced_by(True)]
        if self.value is None:
            return [self.holder.with_texts({self.word: before.value.text})]
        return [Edit(self.value.start, self.value.end, before.value.text)]


class Shape(ABC):
    """A way to write a flag into a document.

    `recognised_by` and `off_means` are for people: what it looks like, and what off is. `stamped`
    says whether a rollback brings the document's `version` and `lastUpdated` up to date. `caveat`
    is what people should know of a flag once it is off, beside that it is.
    """

    name: ClassVar[str]
    recognised_by: ClassVar[str]
    off_means: ClassVar[str]
    caveat: ClassVar[str] = ""
    stamped: ClassVar[bool] = False

    @abstractmethod
    def switches(self, found: Found) -> list[Switch]:
        """List all that turns the flag on; nothing where the value is not of this shape."""

    def recognises(self, found: Found) -> bool:
        """Return whether the value is of this shape."""
        return bool(self.switches(found))

    def noted(self, found: Found, note: Mapping[str, str]) -> list[Edit]:  # noqa: ARG002
        """Note in the flag when and why it went off, where the shape has a place for that."""
        return []

    def without_notes(self, found: Found) -> list[Edit]:  # noqa: ARG002
        """Take out what a rollback leaves in a flag beside its switches."""
        return []

    def policies(self, found: Found) -> list[Value]:
        """Find what the flag's owner says about rollbacks."""
        return [policy for each in found.named("metadata") for policy in each.named("rollback")]

    def said(self, found: Found, word: str) -> list[Value]:
        """Find what the document says of the flag under a word, such as its owner."""
        in_metadata = [each for held in found.named("metadata") for each in held.named(word)]
        return [*in_metadata, *found.named(word)]


def switches(found: Found, word: str, off: object = False) -> list[Switch]:
    """Make switches of all values of a key of the flag."""
    return [Switch(word, found.value, word, value, off) for value in found.named(word)]


def switch_and_dial(found: Found) -> list[Switch]:
    """Make a switch of `enabled`, and a dial of `rolloutPercentage`; none without a boolean."""
    if not found.has_boolean("enabled"):
        return []
    dial = "rolloutPercentage"
    dials: list[Value | None] = [*found.named(dial)] or [None]
    return [
        *switches(found, "enabled"),
        *(Switch(dial, found.value, dial, value, off=0, dial=True) for value in dials),
    ]
