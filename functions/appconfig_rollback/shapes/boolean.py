"""A plain boolean under the flag's name."""

from __future__ import annotations

from appconfig_rollback.shapes.shape import Found, Shape, Switch


class PlainBoolean(Shape):
    """`true` is on, `false` is off."""

    name = "a plain boolean"
    recognised_by = "`true` or `false` under the flag's name"
    off_means = "`false`"

    def switches(self, found: Found) -> list[Switch]:
        if not found.value.is_boolean:
            return []
        return [Switch("", found.value, "", found.value)]
