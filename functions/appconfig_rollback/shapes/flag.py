"""One flag of a document, whatever its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Protocol

from appconfig_rollback.json_text import Edit
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.policy import Policy, strictest
from appconfig_rollback.shapes.shape import Found, Shape, Switch

_LONGEST_SAID = 100


@dataclass(frozen=True)
class Flag:
    """A flag's values, each with its shapes.

    There are several values where a key appears twice: JSON allows it, parsers differ in which one
    they take, so all count. There is none for a feature flag that is defined without a value.
    """

    parts: tuple[tuple[Found, tuple[Shape, ...]], ...]

    @cached_property
    def switches(self) -> list[Switch]:
        """All that turns it on."""
        return [
            switch
            for found, shapes in self.parts
            for shape in shapes
            for switch in shape.switches(found)
        ]

    @property
    def is_on(self) -> bool:
        """Whether any of its switches is on."""
        return any(switch.is_on for switch in self.switches)

    @property
    def policy(self) -> Policy:
        """What its owner allows; of several words, the strictest counts."""
        return strictest(
            policy.text.strip('"')
            for found, shapes in self.parts
            for shape in shapes
            for policy in shape.policies(found)
        )

    @property
    def percentage(self) -> float | None:
        """Its rollout percentage; None where it has none."""
        for switch in self.switches:
            if switch.dial and switch.value is not None:
                try:
                    number = float(switch.value.text)
                except ValueError:
                    return None
                return number if isfinite(number) else None  # 1e400 is JSON; infinity is not
        return None

    def said(self, *words: str) -> str | None:
        """Read a text that the document says of it under the first of these words that it has."""
        for word in words:
            for found, shapes in self.parts:
                for shape in shapes:
                    for value in shape.said(found, word):
                        if value.is_string and (text := str(value.parsed).strip()):
                            return shortened(text, _LONGEST_SAID)
        return None

    @property
    def stamped(self) -> bool:
        """Whether the document's stamps are updated with it."""
        return any(shape.stamped for _, shapes in self.parts for shape in shapes)

    @property
    def where(self) -> str:
        """Its shape and its place, in words."""
        places = {found.path: shapes for found, shapes in self.parts}
        if not places:
            return "a flag that is defined without a value"
        return several(
            [
                f"{' and '.join(shape.name for shape in shapes)} at {path}"
                for path, shapes in places.items()
            ]
        )

    @property
    def off_means(self) -> str:
        """What is written to turn it off, and what clients have then, in words."""
        means = [shape.off_means for _, shapes in self.parts for shape in shapes]
        return "; ".join(dict.fromkeys(means))

    @property
    def caveat(self) -> str | None:
        """What people should know once it is off; None where off is just off."""
        told = [shape.caveat for _, shapes in self.parts for shape in shapes if shape.caveat]
        return "; ".join(dict.fromkeys(told)) or None

    def turned_off(self) -> list[Edit]:
        """Turn all its switches off."""
        return [edit for switch in self.switches for edit in switch.turned_off()]

    def noted(self, note: Mapping[str, str]) -> list[Edit]:
        """Note when and why, where its shape has a place for that."""
        return [
            edit
            for found, shapes in self.parts
            for shape in shapes
            for edit in shape.noted(found, note)
        ]

    def without_notes(self) -> list[Edit]:
        """Take out what a rollback leaves beside the switches."""
        return [
            edit
            for found, shapes in self.parts
            for shape in shapes
            for edit in shape.without_notes(found)
        ]

    def turned_back(self, before: Flag) -> list[Edit]:
        """Write each switch as it was before; where a key appears twice, the last one counts."""
        then = _by_key(before.switches)
        return [
            edit
            for key, switches in _by_key(self.switches).items()
            if (was := then.get(key))
            for number, switch in enumerate(switches)
            for edit in switch.turned_back(was[number] if len(was) == len(switches) else was[-1])
        ]


class Flags(Protocol):
    """The flags of a document."""

    def names(self) -> list[str]:
        """Name all flags that have a switch, in the order of the document."""

    def holds(self, name: str) -> bool:
        """Return whether something has that name where flags are looked for."""

    def flag(self, name: str) -> Flag:
        """Read a flag; raises FlagNotFoundError and others, which say what is missing."""


def shown(names: list[str]) -> str:
    """List names for a message, cut short: a document can have a million of them, or long ones."""
    some = ", ".join(repr(shortened(name, _LONGEST_SAID)) for name in names[:10])
    return f"{some} and {len(names) - 10} more" if len(names) > 10 else some or "none"


def several(places: list[str]) -> str:
    """List places for a message, cut short."""
    some = " and ".join(places[:5])
    return f"{some} and {len(places) - 5} more" if len(places) > 5 else some


def _by_key(switches: list[Switch]) -> dict[str, list[Switch]]:
    found: dict[str, list[Switch]] = {}
    for switch in switches:
        found.setdefault(switch.key, []).append(switch)
    return found
