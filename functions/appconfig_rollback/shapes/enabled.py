"""An object with a boolean `enabled`, anywhere but where the workshop has it."""

from __future__ import annotations

from collections.abc import Mapping

from appconfig_rollback.json_text import Edit
from appconfig_rollback.shapes import notes
from appconfig_rollback.shapes.shape import Found, Shape, Switch, switch_and_dial
from appconfig_rollback.shapes.workshop import is_workshops


class ObjectWithEnabled(Shape):
    """Somebody's own object: nothing is added to it but notes, where it has room for them."""

    name = "an object with `enabled`"
    recognised_by = "an object with a boolean `enabled`"
    off_means = (
        "`enabled` false, `rolloutPercentage` 0 if present, notes only if there is a `metadata` "
        "object"
    )

    def switches(self, found: Found) -> list[Switch]:
        return [] if found.in_list or is_workshops(found) else switch_and_dial(found)

    def noted(self, found: Found, note: Mapping[str, str]) -> list[Edit]:
        return notes.in_metadata(found, note)

    def without_notes(self, found: Found) -> list[Edit]:
        return notes.left_out(found)
