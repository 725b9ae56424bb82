"""The notes that a rollback leaves in a flag's `metadata`: when it went off, and why."""

from __future__ import annotations

from collections.abc import Mapping

from appconfig_rollback.json_text import Edit
from appconfig_rollback.shapes.shape import Found

KEYS = ("lastRollback", "rollbackReason")


def in_metadata(found: Found, note: Mapping[str, str]) -> list[Edit]:
    """Write them where the flag has an object `metadata`."""
    edits: list[Edit] = []
    for metadata in found.named("metadata"):
        if metadata.is_object:
            edits += [
                old.replaced_by(text) for key, text in note.items() for old in metadata.named(key)
            ]
            missing = {key: text for key, text in note.items() if not metadata.named(key)}
            edits.append(metadata.with_members(missing))
    return edits


def in_new_metadata(found: Found, note: Mapping[str, str]) -> list[Edit]:
    """Add an object `metadata` with them to the flag, where it has none or null."""
    if not found.named("metadata"):
        return [found.value.with_members({"metadata": dict(note)})]
    return [old.replaced_by(dict(note)) for old in found.named("metadata") if old.text == "null"]


def left_out(found: Found) -> list[Edit]:
    """Take them out again."""
    return [metadata.without(*KEYS) for metadata in found.named("metadata") if metadata.is_object]
