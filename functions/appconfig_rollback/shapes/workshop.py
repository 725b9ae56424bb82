"""The AWS workshop's shape: `flags.<name>` with a boolean `enabled`."""

from __future__ import annotations

from collections.abc import Mapping

from appconfig_rollback.json_text import Edit
from appconfig_rollback.shapes import notes
from appconfig_rollback.shapes.shape import Found, Shape, Switch, switch_and_dial


class Workshop(Shape):
    """A flag with everything: a switch, a rollout percentage, and room for notes."""

    name = "the workshop's shape"
    recognised_by = "`flags.<name>` with a boolean `enabled`"
    off_means = (
        "`enabled` false, `rolloutPercentage` 0 if present, notes in `metadata`; `version` and "
        "`lastUpdated` of the document are updated"
    )
    stamped = True

    def switches(self, found: Found) -> list[Switch]:
        return switch_and_dial(found) if is_workshops(found) else []

    def noted(self, found: Found, note: Mapping[str, str]) -> list[Edit]:
        return notes.in_metadata(found, note) + notes.in_new_metadata(found, note)

    def without_notes(self, found: Found) -> list[Edit]:
        return notes.left_out(found) + notes.in_new_metadata(found, {})


WORKSHOP = Workshop()


def is_workshops(found: Found) -> bool:
    """Return whether it is where the workshop's flags are."""
    return found.holder == "flags" and not found.in_list
