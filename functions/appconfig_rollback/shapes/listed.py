"""An item of a list that carries the flag's name, as Unleash and many others write flags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from appconfig_rollback.json_text import Value
from appconfig_rollback.shapes.shape import Found, Shape, Switch, switches

#: Where an item's name can be; of several, the first is the one that the flag is called by.
NAME_KEYS = ("key", "name", "id")


class ListItem(Shape):
    """Only the item with the flag's name is touched, and in it only its switch."""

    name = "an item of a list"
    recognised_by = (
        "an item of a list with the flag's name under `name`, `key` or `id` and a boolean `enabled`"
    )
    off_means = "`enabled` false in that item"

    def switches(self, found: Found) -> list[Switch]:
        return switches(found, "enabled") if found.in_list and found.has_boolean("enabled") else []


def items(holder: str, value: Value) -> Iterator[Found]:
    """Go through the items of a list that have a name."""
    for number, item in enumerate(value.items()):
        found = Found((), holder, f"{holder}[{number}]", item, in_list=True)
        names = [text.parsed for key in NAME_KEYS for text in found.named(key) if text.is_string]
        if names:
            yield replace(found, names=tuple(dict.fromkeys(names)))
