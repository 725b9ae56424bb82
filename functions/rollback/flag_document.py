"""Turns one flag of a document off, and changes nothing else.

Two kinds of document exist. A *freeform* one has `flags.<name>` with `enabled`, perhaps
`rolloutPercentage` and `metadata`. An AppConfig *feature flag* profile has `values.<name>` with
`enabled`, or `_variants`, each with its own `enabled` (AppConfig user guide, "type reference for
AWS.AppConfig.FeatureFlags"). No function in here can turn a flag on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from rollback import json_text
from rollback.errors import FlagNotFoundError, UnreadableDocumentError
from rollback.json_text import Edit, Value
from rollback.state import iso

FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"


@dataclass(frozen=True)
class FlagDocument:
    """A configuration document as stored, with the type of its profile."""

    content: bytes
    content_type: str
    profile_type: str

    def is_on(self, flag: str) -> bool:
        """Whether the flag is anything but off: only an explicit `false` counts as off.

        Raises:
            UnreadableDocumentError: no JSON, or not of the profile's shape.
            FlagNotFoundError: no such flag.
        """
        return any(
            switch is None or switch.text != "false"
            for value in self._flag(flag)
            for _, switch in _switches(value)
        )

    def turned_off(self, flag: str, reason: str, now: datetime) -> bytes:
        """Write the document with the flag off.

        Feature flags change by `enabled` alone (attributes may be required by the profile's
        constraints, so they keep their values). Freeform flags also get `rolloutPercentage` 0
        where they have one, and `metadata.lastRollback` and `.rollbackReason`; the document's
        `version` and `lastUpdated` are brought up to date where it has them as texts.

        Raises:
            UnreadableDocumentError, FlagNotFoundError: as `is_on`.
        """
        root = self._root
        edits: list[Edit] = []
        for value in self._flag(flag):
            new: dict[str, object] = {}
            for holder, switch in _switches(value):
                if switch is not None:
                    edits.append(switch.replaced_by(False))
                elif holder is value:
                    new["enabled"] = False
                else:
                    edits.append(holder.with_members({"enabled": False}))
            if self.profile_type != FEATURE_FLAGS:
                edits += [old.replaced_by(0) for old in value.named("rolloutPercentage")]
                note = {"lastRollback": iso(now), "rollbackReason": reason}
                edits += _noted(value, note, new)
            if new:
                edits.append(value.with_members(new))
        if self.profile_type != FEATURE_FLAGS:
            edits += _stamped(root, now)
        return json_text.apply(root.source, edits).encode()

    @cached_property
    def _root(self) -> Value:
        where = f"the document (content type {self.content_type})"
        try:
            root = json_text.read(self.content.decode())
        except UnicodeDecodeError as error:
            raise UnreadableDocumentError(
                f"expected JSON in UTF-8; {where} has a byte that is not UTF-8 at {error.start}"
            ) from error
        except ValueError as error:
            raise UnreadableDocumentError(f"expected JSON; {where} is none: {error}") from error
        if not root.is_object:
            raise UnreadableDocumentError(f"expected a JSON object; {where} is {root.text[:40]!r}")
        return root

    def _flag(self, flag: str) -> list[Value]:
        """Find the flag's value; more than one where a key stands twice."""
        root = self._root
        holder = "values" if self.profile_type == FEATURE_FLAGS else "flags"
        groups = root.named(holder)
        if not groups or not all(group.is_object for group in groups):
            raise UnreadableDocumentError(
                f"expected an object {holder!r} at the top of a document of type "
                f"{self.profile_type}; got the keys {_keys(root)}"
            )
        values = [value for group in groups for value in group.named(flag)]
        if not values:
            keys = ", ".join(_keys(group) for group in groups)
            raise FlagNotFoundError(f"expected a flag {flag!r} below {holder!r}; got {keys}")
        if not all(value.is_object for value in values):
            raise UnreadableDocumentError(
                f"expected an object at {holder}.{flag}; got {values[0].text[:40]!r}"
            )
        return values


def _switches(value: Value) -> Iterator[tuple[Value, Value | None]]:
    """Go through all that turns the flag on: (the object that holds it, the `enabled` or None).

    Of a multi-variant flag every variant counts, and the flag's own `enabled` where it has one.
    """
    variants = [
        item for variants in value.named("_variants") for item in variants.items() if item.is_object
    ]
    own = value.named("enabled")
    if own or not variants:
        for switch in own or [None]:  # type: ignore[list-item]
            yield value, switch
    for variant in variants:
        for switch in variant.named("enabled") or [None]:  # type: ignore[list-item]
            yield variant, switch


def _noted(value: Value, note: dict[str, str], new: dict[str, object]) -> list[Edit]:
    """Keep when and why in the flag's metadata; `new` collects what the flag lacks as yet."""
    metadata = value.named("metadata")
    if not metadata:
        new["metadata"] = note
    edits = []
    for found in metadata:
        if found.text == "null":
            edits.append(found.replaced_by(note))
        elif found.is_object:
            edits += [
                old.replaced_by(text) for key, text in note.items() for old in found.named(key)
            ]
            missing = {key: text for key, text in note.items() if not found.named(key)}
            if missing:
                edits.append(found.with_members(missing))
    return edits


def _stamped(root: Value, now: datetime) -> list[Edit]:
    utc = now.astimezone(UTC)
    stamps = {
        "version": f"{utc.year}.{utc.month}.{utc.day}.{utc:%H%M}",
        "lastUpdated": iso(now),
    }
    return [
        old.replaced_by(text)
        for key, text in stamps.items()
        for old in root.named(key)
        if old.is_string
    ]


def _keys(value: Value) -> str:
    keys = [member.key for member in value.members()]
    shown = ", ".join(map(repr, keys[:10]))
    return f"{shown} and {len(keys) - 10} more" if len(keys) > 10 else shown or "none"
