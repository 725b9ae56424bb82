"""Turns flags of a document off, and changes nothing else.

What a flag looks like is known to `appconfig_rollback.shapes`; this is the one class that the rest
talks to. Only `FlagDocument.restored` can turn a flag on, and no function in Lambda calls it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from appconfig_rollback import json_text
from appconfig_rollback.errors import RollbackError, UnreadableDocumentError
from appconfig_rollback.json_text import Edit, Value
from appconfig_rollback.policy import Policy
from appconfig_rollback.shapes.feature_flags import FeatureFlags
from appconfig_rollback.shapes.flag import Flag, Flags
from appconfig_rollback.shapes.freeform import FreeformFlags
from appconfig_rollback.times import iso

FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"

_STAMPS = ("version", "lastUpdated")


@dataclass(frozen=True)
class FlagDocument:
    """A configuration document as stored, with the type of its profile.

    `flags_at` is the stack's parameter FlagsAt: the path of keys to what holds the flags of a
    freeform document, empty where they are in one of the usual places.
    """

    content: bytes
    content_type: str
    profile_type: str
    flags_at: str = ""

    def flags(self) -> list[str]:
        """Name all flags that have a switch, in the order of the document.

        A name whose place is not clear is among them; reading such a flag is an error.

        Raises:
            UnreadableDocumentError: as `is_on`.
        """
        return self._flags.names()

    def is_on(self, flag: str) -> bool:
        """Whether the flag is anything but off: only an explicit off counts as off.

        Raises:
            UnreadableDocumentError: no JSON, or not of the profile's type.
            FlagNotFoundError: no such flag.
            SwitchRequiredError, BooleanFeatureRequiredError, FlagsAtRequiredError,
            FeatureFlagsProfileRequiredError: something has that name, and cannot be turned off.
        """
        return self._flag(flag).is_on

    def policy(self, flag: str) -> Policy:
        """Read what the flag's owner allows: `metadata.rollback`, or the attribute `rollback`.

        Anything but `notify` and `off` is `auto`: a slip of the pen must not disarm the rollback.
        """
        return self._flag(flag).policy

    def percentage(self, flag: str) -> float | None:
        """Read the flag's rollout percentage; None where it has none."""
        return self._flag(flag).percentage

    def owner(self, flag: str) -> str | None:
        """Read who the document says owns the flag: `owner` or `team`; None where it does not."""
        return self._flag(flag).said("owner", "team")

    def ticket(self, flag: str) -> str | None:
        """Read the ticket that the document names: `ticket`, `issue` or `jira`; None if none."""
        return self._flag(flag).said("ticket", "issue", "jira")

    def where(self, flag: str) -> str:
        """Say in words what shape the flag has and where it is."""
        return self._flag(flag).where

    def off_means(self, flag: str) -> str:
        """Say in words what turning the flag off writes, and what clients have then."""
        return self._flag(flag).off_means

    def caveat(self, flag: str) -> str | None:
        """Say what people should know of the flag once it is off; None where off is just off."""
        return self._flag(flag).caveat

    def may_be_swept(self, flag: str) -> bool:
        """Return whether the flag is in here, on, and left to the rollback by its owner."""
        return bool(self._is_on(flag)) and self.policy(flag) == "auto"

    def is_rollback_of(self, other: FlagDocument, only: Iterable[str] | None = None) -> bool:
        """Return whether it is `other` but for flags turned off, as `turned_off` does it.

        With `only`, no flags but those may have been turned off.
        """
        try:
            if only is None:
                names = self.turned_off_since(other)
            else:
                names = [name for name in only if self._turned_off(name, other)]
            return self._but_for_rollback(names) == other._but_for_rollback(names)
        except UnreadableDocumentError:
            return False

    def is_bare_rollback_of(self, other: FlagDocument, *flags: str) -> bool:
        """Return whether it is, to the byte, `other` with the flags' switches off and no more.

        Raises:
            UnreadableDocumentError, FlagNotFoundError and others: as `is_on`, of `other`.
        """
        return self.content == other.switched_off(*flags)

    def turned_off_since(self, other: FlagDocument) -> list[str]:
        """Name the flags that are off in here and on in `other`.

        Raises:
            UnreadableDocumentError: one of the two is, as `is_on`.
        """
        return [name for name in other.flags() if self._turned_off(name, other)]

    def turned_off(self, reasons: Mapping[str, str], now: datetime) -> bytes:
        """Write the document with flags off, each for the reason that is noted with it.

        What that means is each shape's own. Where the shape has a place for it, when and why is
        noted in the flag, and `version` and `lastUpdated` of the document are brought up to date.

        Raises:
            UnreadableDocumentError, FlagNotFoundError and others: as `is_on`.
        """
        edits: list[Edit] = []
        for name, reason in reasons.items():
            found = self._flag(name)
            edits += found.turned_off()
            edits += found.noted({"lastRollback": iso(now), "rollbackReason": reason})
        return self._written(edits + self._stamped(reasons, now))

    def switched_off(self, *flags: str) -> bytes:
        """Write the document with the flags off and nothing else: no notes, no stamps.

        A validator of the profile may refuse those, and the switch is what matters.

        Raises:
            UnreadableDocumentError, FlagNotFoundError and others: as `is_on`.
        """
        return self._written([edit for name in flags for edit in self._flag(name).turned_off()])

    def restored(self, before: FlagDocument, flag: str, now: datetime) -> bytes:
        """Write the document with the flag's switches as they were in `before`.

        The only way in this project to turn a flag on; a person takes it.

        Raises:
            UnreadableDocumentError, FlagNotFoundError and others: as `is_on`, of either document.
        """
        edits = self._flag(flag).turned_back(before._flag(flag))
        return self._written(edits + self._stamped([flag], now))

    def _flag(self, name: str) -> Flag:
        return self._flags.flag(name)

    def _is_on(self, name: str) -> bool | None:
        """Return whether a flag is on; None where it is not in here, or cannot be read."""
        try:
            return self.is_on(name) if self._flags.holds(name) else None
        except RollbackError:
            return None

    def _turned_off(self, name: str, other: FlagDocument) -> bool:
        return other._is_on(name) is True and self._is_on(name) is False

    def _but_for_rollback(self, names: list[str]) -> object:
        """Parse the document with flags off, and without what a rollback leaves beside that."""
        off = replace(self, content=self.switched_off(*names))
        edits = [edit for name in names for edit in off._flag(name).without_notes()]
        document = _parsed(off._written(edits))
        if isinstance(document, dict) and any(off._flag(name).stamped for name in names):
            return {key: value for key, value in document.items() if key not in _STAMPS}
        return document

    def _stamped(self, names: Iterable[str], now: datetime) -> list[Edit]:
        """Bring the stamps up to date, where they are texts and belong to the shape of a flag."""
        if not any(self._flag(name).stamped for name in names):
            return []
        utc = now.astimezone(UTC)
        version, updated = _STAMPS
        stamps = {version: f"{utc.year}.{utc.month}.{utc.day}.{utc:%H%M}", updated: iso(now)}
        return [
            old.replaced_by(text)
            for key, text in stamps.items()
            for old in self._root.named(key)
            if old.is_string
        ]

    def _written(self, edits: list[Edit]) -> bytes:
        return json_text.apply(self._root.source, edits).encode()

    @cached_property
    def _flags(self) -> Flags:
        if self.profile_type == FEATURE_FLAGS:
            return FeatureFlags(self._root)
        return FreeformFlags(self._root, self.flags_at)

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
            raise UnreadableDocumentError(
                f"expected JSON; {where} is none: {error}. YAML and text are not served: store the "
                "flags as JSON"
            ) from error
        if not root.is_object and (self.profile_type == FEATURE_FLAGS or not root.is_array):
            kinds = "object" if self.profile_type == FEATURE_FLAGS else "object or list"
            raise UnreadableDocumentError(f"expected a JSON {kinds}; {where} is {root.text[:40]!r}")
        return root


def _number(text: str) -> tuple[str]:
    """Keep a number as it is written; a tuple equals nothing else of JSON."""
    return (text,)


def _parsed(content: bytes) -> object:
    """Parse a document for comparing; numbers stay as they are written."""
    return json.loads(content, parse_int=_number, parse_float=_number)
