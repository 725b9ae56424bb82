"""Feature flag documents for the tests: written ones, and generated texts of every shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument

FREEFORM = "AWS.Freeform"
NOW = datetime(2026, 3, 2, 17, 5, 7, 123456, tzinfo=UTC)
WHEN = "2026-03-02T17:05:07.123Z"
WHY = 'FeatureFlag-a-ErrorRate: "5xx" \u2265 5 %'
WHY_TEXT = r'"FeatureFlag-a-ErrorRate: \"5xx\" \u2265 5 %"'


def freeform(text: str, flags_at: str = "") -> FlagDocument:
    return FlagDocument(text.encode(), "application/json", FREEFORM, flags_at)


def feature_flags(text: str) -> FlagDocument:
    return FlagDocument(text.encode(), "application/json", FEATURE_FLAGS)


def off(document: FlagDocument, flag: str = "a") -> str:
    """The document with the flag off, as text."""
    return document.turned_off({flag: WHY}, NOW).decode()


@dataclass(frozen=True)
class Case:
    """A generated document and a flag that is in it, perhaps more than once.

    `where` is the path to the flag's value, and `shapes` are those that it is written in.
    """

    document: FlagDocument
    flag: str
    where: tuple[str | int, ...]
    shapes: frozenset[str]

    def turned_off(self) -> FlagDocument:
        """The document with the flag off."""
        return replace(self.document, content=self.document.turned_off({self.flag: WHY}, NOW))
