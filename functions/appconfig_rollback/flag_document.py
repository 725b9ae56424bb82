"""Turns one flag of a document off, and changes nothing else.

Two kinds of document exist. A *freeform* one has `flags.<name>` with `enabled`, perhaps
`rolloutPercentage` and `metadata`. An AppConfig *feature flag* profile has `values.<name>` with
`enabled`, or `_variants`, each with its own `enabled` (AppConfig user guide, "type reference for
AWS.AppConfig.FeatureFlags"). No function in here can turn a flag on.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from appconfig_rollback import json_text
from appconfig_rollback.errors import FlagNotFoundError, UnreadableDocumentError
from appconfig_rollback.json_text import Edit, Value
from appconfig_rollback.times import iso

FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"

Policy = Literal["auto", "notify", "off"]
_HOLDING_BACK: tuple[Policy, ...] = ("off", "notify")  # the strictest first
_STAMPS = ("version", "lastUpdated")
_NOTES = ("lastRollback", "rollbackReason")


@dataclass(frozen=True)
class FlagDocument:
    """A configuration document as stored, with the type of its profile."""

    content: bytes
    content_type: str
    profile_type: str

    def flags(self) -> list[str]:
        """Name the flags, in the order of the document.

        Raises:
            UnreadableDocumentError: as `is_on`.
        """
        return list(self._flags)

    def is_on(self, flag: str) -> bool:
        """Whether the flag is anything but off: only an explicit `false` counts as off.

        Raises:
            UnreadableDocumentError: no JSON, or not of the profile's shape.
            FlagNotFoundError: no such flag.
        """
        return _is_on(self._flag(flag))

    def policy(self, flag: str) -> Policy:
        """Read what the flag's owner allows: `metadata.rollback`, or the attribute `rollback`.

        Anything but `notify` and `off` is `auto`: a slip of the pen must not disarm the rollback.
        """
        chosen = {
            found.text
            for value in self._flag(flag)
            for holder in self._policy_holders(value)
            for found in holder.named("rollback")
        }
        return next((policy for policy in _HOLDING_BACK if f'"{policy}"' in chosen), "auto")

    def percentage(self, flag: str) -> float | None:
        """Read a freeform flag's rollout percentage; None where it has none."""
        if self.profile_type == FEATURE_FLAGS:
            return None
        for value in self._flag(flag):
            for rollout in value.named("rolloutPercentage"):
                try:
                    return float(rollout.text)
                except ValueError:
                    return None
        return None

    def may_be_swept(self, flag: str) -> bool:
        """Tell whether the flag is in here, on, and left to the rollback by its owner."""
        values = self._flags.get(flag, [])
        return (
            bool(values) and _all_objects(values) and _is_on(values) and self.policy(flag) == "auto"
        )

    def is_rollback_of(self, other: "FlagDocument", only: str | None = None) -> bool:
        """Tell whether it is `other` but for flags turned off, as `turned_off` does it.

        With `only`, no flag but that one may have been turned off.
        """
        mine, theirs = _parsed(self.content), _parsed(other.content)
        flags, flags_of_other = mine.pop(self._holder, None), theirs.pop(self._holder, None)
        if not isinstance(flags, dict) or not isinstance(flags_of_other, dict):
            return False
        if self.profile_type != FEATURE_FLAGS:
            for stamp in _STAMPS:
                mine.pop(stamp, None)
                theirs.pop(stamp, None)
        if mine != theirs or flags.keys() != flags_of_other.keys():
            return False
        return all(
            value == flags_of_other[name]
            or (
                only in (None, name)
                and isinstance(value, dict)
                and isinstance(flags_of_other[name], dict)
                and not self.is_on(name)
                and other.is_on(name)
                and self._but_for_rollback(value) == self._but_for_rollback(flags_of_other[name])
            )
            for name, value in flags.items()
        )

    def number_turned_off_since(self, other: "FlagDocument") -> int:
        """Count the flags that are off in here and on in `other`."""
        return sum(
            _is_on(values) and not _is_on(self._flags[name])
            for name, values in other._flags.items()
            if name in self._flags and _all_objects([*values, *self._flags[name]])
        )

    def turned_off(
        self, flag: str, reason: str, now: datetime, also: Mapping[str, str] | None = None
    ) -> bytes:
        """Write the document with the flag off, and with those in `also` (flag to reason).

        Feature flags change by `enabled` alone (attributes may be required by the profile's
        constraints, so they keep their values). Freeform flags also get `rolloutPercentage` 0
        where they have one, and `metadata.lastRollback` and `.rollbackReason`; the document's
        `version` and `lastUpdated` are brought up to date where it has them as texts.

        Raises:
            UnreadableDocumentError, FlagNotFoundError: as `is_on`.
        """
        root = self._root
        edits: list[Edit] = []
        for name, why in {**(also or {}), flag: reason}.items():
            for value in self._flag(name):
                edits += self._edits(value, why, now)
        if self.profile_type != FEATURE_FLAGS:
            edits += stamped(root, now)
        return json_text.apply(root.source, edits).encode()

    def _but_for_rollback(self, flag: dict[str, Any]) -> dict[str, Any]:
        """Leave out of a flag what turning it off writes, and AppConfig's own time of it."""
        if self.profile_type == FEATURE_FLAGS:
            rest = {k: v for k, v in flag.items() if k not in ("enabled", "_updatedAt")}
        else:
            rest = {k: v for k, v in flag.items() if k not in ("enabled", "rolloutPercentage")}
            if isinstance(rest.get("metadata"), dict | None):
                metadata = rest.pop("metadata", None) or {}
                rest["metadata"] = {k: v for k, v in metadata.items() if k not in _NOTES}
        if isinstance(rest.get("_variants"), list):
            rest["_variants"] = [_without_switch(variant) for variant in rest["_variants"]]
        return rest

    def _edits(self, value: Value, reason: str, now: datetime) -> list[Edit]:
        """Turn one flag off."""
        edits: list[Edit] = []
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
            edits += _noted(value, {"lastRollback": iso(now), "rollbackReason": reason}, new)
        if new:
            edits.append(value.with_members(new))
        return edits

    def _policy_holders(self, value: Value) -> list[Value]:
        """List where a flag's policy may stand; the variants of a flag hold its attributes."""
        if self.profile_type != FEATURE_FLAGS:
            return value.named("metadata")
        variants = [variant for found in value.named("_variants") for variant in found.items()]
        return [value, *(held for each in variants for held in each.named("attributeValues"))]

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

    @property
    def _holder(self) -> str:
        return "values" if self.profile_type == FEATURE_FLAGS else "flags"

    @cached_property
    def _flags(self) -> dict[str, list[Value]]:
        """All flags by name; more than one value where a key stands twice."""
        groups = self._root.named(self._holder)
        if not groups or not all(group.is_object for group in groups):
            raise UnreadableDocumentError(
                f"expected an object {self._holder!r} at the top of a document of type "
                f"{self.profile_type}; got the keys {_shown(_keys(self._root))}"
            )
        flags: dict[str, list[Value]] = {}
        for group in groups:
            for member in group.members():
                flags.setdefault(member.key, []).append(member.value)
        return flags

    def _flag(self, flag: str) -> list[Value]:
        """Find a flag's value."""
        values = self._flags.get(flag)
        if not values:
            raise FlagNotFoundError(
                f"expected a flag {flag!r} below {self._holder!r}; got {_shown(list(self._flags))}"
            )
        if not _all_objects(values):
            raise UnreadableDocumentError(
                f"expected an object at {self._holder}.{flag}; got {values[0].text[:40]!r}"
            )
        return values


def _is_on(values: list[Value]) -> bool:
    return any(
        switch is None or switch.text != "false"
        for value in values
        for _, switch in _switches(value)
    )


def _number(text: str) -> tuple[str]:
    """Keep a number as it is written; a tuple equals nothing else of JSON."""
    return (text,)


def _parsed(content: bytes) -> dict[str, Any]:
    """Parse a document for comparing; numbers stay as they are written."""
    document: dict[str, Any] = json.loads(content, parse_int=_number, parse_float=_number)
    return document


def _without_switch(variant: object) -> object:
    if not isinstance(variant, dict):
        return variant
    return {key: value for key, value in variant.items() if key != "enabled"}


def _all_objects(values: list[Value]) -> bool:
    return all(value.is_object for value in values)


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


def stamped(root: Value, now: datetime) -> list[Edit]:
    """Bring a freeform document's `version` and `lastUpdated` up to date where they are texts."""
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


def _keys(value: Value) -> list[str]:
    return [member.key for member in value.members()]


def _shown(keys: list[str]) -> str:
    shown = ", ".join(map(repr, keys[:10]))
    return f"{shown} and {len(keys) - 10} more" if len(keys) > 10 else shown or "none"
