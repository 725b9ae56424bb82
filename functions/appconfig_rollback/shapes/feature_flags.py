"""A flag of a profile of type AWS.AppConfig.FeatureFlags: `values.<name>`, or its variants.

AppConfig user guide, "type reference for AWS.AppConfig.FeatureFlags".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from appconfig_rollback.errors import FlagNotFoundError, UnreadableDocumentError
from appconfig_rollback.json_text import Edit, Value
from appconfig_rollback.shapes.flag import Flag, shown
from appconfig_rollback.shapes.shape import Found, Shape, Switch


class FeatureFlag(Shape):
    """Its attributes may be required by the profile, so nothing but its switches is touched."""

    name = "an AppConfig feature flag"
    recognised_by = "`values.<name>` of a profile of type AWS.AppConfig.FeatureFlags"
    off_means = "`enabled` false, in every variant"

    def switches(self, found: Found) -> list[Switch]:
        """List its own `enabled` and those of all variants; a missing one counts as on."""
        variants = list(_variants(found))
        own = found.named("enabled")
        switches = []
        if own or not variants:
            switches += _switches("enabled", found.value, own)
        for key, variant in variants:
            switches += _switches(f"_variants.{key}.enabled", variant, variant.named("enabled"))
        return switches

    def without_notes(self, found: Found) -> list[Edit]:
        """Take out the time that AppConfig itself notes when a version is saved."""
        return [found.value.without("_updatedAt")]

    def policies(self, found: Found) -> list[Value]:
        """Find the attribute `rollback`."""
        return self.said(found, "rollback")

    def said(self, found: Found, word: str) -> list[Value]:
        """Find an attribute of that name; the variants of a flag hold its attributes."""
        holders = [
            attributes
            for _, variant in _variants(found)
            for attributes in variant.named("attributeValues")
        ]
        return [*found.named(word), *(value for each in holders for value in each.named(word))]


class FeatureFlags:
    """The flags of a document of that profile type: what is defined, and the values there are."""

    def __init__(self, root: Value) -> None:
        self._root = root

    def names(self) -> list[str]:
        """Name all flags, those without a value last."""
        return list({**self._values, **self._defined})

    def holds(self, name: str) -> bool:
        """Return whether a flag is defined, or has a value."""
        return name in self._values or name in self._defined

    def flag(self, name: str) -> Flag:
        """Read a flag; one that is defined without a value has no switch, and is off.

        Raises:
            UnreadableDocumentError: not a document of feature flags.
            FlagNotFoundError: no such flag.
        """
        values = self._values.get(name, [])
        if not values and name not in self._defined:
            raise FlagNotFoundError(
                f"expected a flag {name!r} below 'values' or 'flags'; got {shown(self.names())}"
            )
        found = [Found((name,), "values", f"values.{name}", value) for value in values]
        for each in found:
            if not each.value.is_object:
                raise UnreadableDocumentError(
                    f"expected an object at {each.path}; got {each.value.text[:40]!r}"
                )
        return Flag(tuple((each, (FeatureFlag(),)) for each in found))

    @cached_property
    def _values(self) -> dict[str, list[Value]]:
        groups = self._root.named("values")
        if not all(group.is_object for group in groups) or not (
            groups or self._root.named("flags")
        ):
            keys = [member.key for member in self._root.members()]
            raise UnreadableDocumentError(
                "expected an object 'values' at the top of a document of type "
                f"AWS.AppConfig.FeatureFlags; got the keys {shown(keys)}"
            )
        values: dict[str, list[Value]] = {}
        for group in groups:
            for member in group.members():
                values.setdefault(member.key, []).append(member.value)
        return values

    @cached_property
    def _defined(self) -> dict[str, None]:
        groups = self._root.named("flags")
        return {member.key: None for group in groups for member in group.members()}


def has_switch(found: Found) -> bool:
    """Return whether a switch is written out, as no freeform document would have it by chance."""
    return any(switch.value is not None for switch in FeatureFlag().switches(found))


def _variants(found: Found) -> Iterator[tuple[object, Value]]:
    """Go through the variants by their names, or numbers where they have none."""
    for variants in found.named("_variants"):
        for number, variant in enumerate(variants.items()):
            if variant.is_object:
                names = [name.parsed for name in variant.named("name") if name.is_string]
                yield (names[-1] if names else number), variant


def _switches(key: str, holder: Value, written: list[Value]) -> list[Switch]:
    values: list[Value | None] = [*written] or [None]
    return [Switch(key, holder, "enabled", value, _off(value)) for value in values]


def _off(value: Value | None) -> object:
    """Texts of a boolean are found in real documents; they stay texts."""
    is_text = value is not None and value.is_string and value.parsed in ("true", "false")
    return "false" if is_text else False
