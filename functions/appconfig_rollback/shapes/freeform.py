"""The flags of a freeform document: what a known shape recognises in a known place."""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property

from appconfig_rollback.errors import (
    BooleanFeatureRequiredError,
    FeatureFlagsProfileRequiredError,
    FlagNotFoundError,
    FlagsAtRequiredError,
    SwitchRequiredError,
)
from appconfig_rollback.json_text import Value
from appconfig_rollback.shapes import feature_flags, places, powertools
from appconfig_rollback.shapes.flag import Flag, several, shown
from appconfig_rollback.shapes.known import SHAPES, shapes_of
from appconfig_rollback.shapes.shape import Found, Shape
from appconfig_rollback.shapes.workshop import WORKSHOP, is_workshops

_FLAGS_AT = "the stack's parameter FlagsAt (a path of keys, such as DE or config.features)"


class FreeformFlags:
    """The flags of a freeform document; `flags_at` is the stack's parameter, empty by default."""

    def __init__(self, root: Value, flags_at: str) -> None:
        self._root = root
        self._flags_at = flags_at
        self._shapes: dict[int, tuple[Shape, ...]] = {}

    def names(self) -> list[str]:
        """Name all flags with a switch, in the order of the document."""
        switched = [found for found in _in_order(self._found) if self._shapes_of(found)]
        return list(dict.fromkeys(found.names[0] for found in switched))

    def holds(self, name: str) -> bool:
        """Return whether something has that name in one of the places."""
        return name in self._by_name

    def flag(self, name: str) -> Flag:
        """Read a flag.

        A boolean `flags.<name>.enabled` counts alone. Otherwise there must be one place with a
        switch: a second one could be what clients read.

        Raises:
            FlagNotFoundError: nothing has that name.
            SwitchRequiredError, BooleanFeatureRequiredError: what has it cannot be turned off.
            FlagsAtRequiredError: there are several, and which one clients read is unknown.
            FeatureFlagsProfileRequiredError: the document is of another profile type.
        """
        everything = _in_order(self._by_name.get(name, []))
        if not everything:
            raise self._not_found(name)
        if not self._flags_at:
            self._refuse_feature_flag(name, everything)
        switched = [found for found in everything if self._shapes_of(found)]
        of_workshop = [found for found in switched if WORKSHOP in self._shapes_of(found)]
        paths = list(dict.fromkeys(found.path for found in of_workshop or switched))
        if len(paths) > 1:
            raise FlagsAtRequiredError(
                f"expected one place for flag {name!r}; it has a switch "
                f"{several([f'at {path}' for path in paths])}. Set {_FLAGS_AT} to what holds the "
                f"one that clients read ({places.TOP} for the top); items of one list need names "
                "of their own"
            )
        values = [found for found in everything if found.path in paths]
        if not values or not all(map(self._shapes_of, values)):
            raise self._no_switch(name, values or everything)
        return Flag(tuple((found, self._shapes_of(found)) for found in values))

    def _shapes_of(self, found: Found) -> tuple[Shape, ...]:
        """Find the shapes of a value once: a document may have thousands, compared by name."""
        at = found.value.start
        if at not in self._shapes:
            self._shapes[at] = shapes_of(found)
        return self._shapes[at]

    @cached_property
    def _found(self) -> list[Found]:
        holders = places.holders(self._root, self._flags_at)
        return [entry for path, holder in holders for entry in places.entries(path, holder)]

    @cached_property
    def _by_name(self) -> dict[str, list[Found]]:
        by_name: dict[str, list[Found]] = {}
        for found in self._found:
            for name in found.names:
                by_name.setdefault(name, []).append(found)
        return by_name

    @cached_property
    def _in_values(self) -> dict[str, list[Value]]:
        """What is below `values`, by its name: most documents have none."""
        values: dict[str, list[Value]] = {}
        for group in self._root.named("values"):
            for member in group.members():
                values.setdefault(member.key, []).append(member.value)
        return values

    def _refuse_feature_flag(self, name: str, everything: list[Found]) -> None:
        """Refuse what only a profile of type AWS.AppConfig.FeatureFlags would read as flags."""
        defined = [found for found in everything if is_workshops(found)]
        if not defined or any(map(self._shapes_of, defined)):
            return
        values = [
            Found((name,), "values", f"values.{name}", value)
            for value in self._in_values.get(name, [])
        ]
        if any(map(feature_flags.has_switch, values)):
            raise FeatureFlagsProfileRequiredError(
                f"expected a freeform document; flag {name!r} is defined at flags.{name} and has "
                f"its switch at values.{name}, as in a profile of type AWS.AppConfig.FeatureFlags. "
                "Set the profile's type: make a profile of that type with this document, and set "
                "the stack's parameter ConfigurationProfileId to it. Or, if clients read `values` "
                "themselves, set the stack's parameter FlagsAt to values"
            )

    def _not_found(self, name: str) -> FlagNotFoundError:
        names = self.names()
        message = f"expected a flag {name!r} {places.in_words(self._flags_at)}; got {shown(names)}"
        if not names:
            keys = [member.key for member in self._root.members()]
            message += f", and the keys at the top are {shown(keys)}"
        hint = self._elsewhere(name) or f". If it is elsewhere in the document, set {_FLAGS_AT}"
        return FlagNotFoundError(message + hint)

    def _no_switch(
        self, name: str, values: list[Found]
    ) -> SwitchRequiredError | BooleanFeatureRequiredError:
        other_kinds = [found.path for found in values if powertools.is_not_boolean(found)]
        if other_kinds:
            return BooleanFeatureRequiredError(
                f"expected a boolean feature {name!r}; {several(other_kinds)} has "
                "`boolean_type` false, so none of its values is off. Guard it by a boolean feature "
                "with an alarm of its own"
            )
        texts = " and ".join(f"{_cut(found.value.text)} at {found.path}" for found in values[:3])
        switches = "; ".join(shape.recognised_by for shape in SHAPES)
        return SwitchRequiredError(
            f"expected a switch under the name {name!r}; got {texts}, where none is. A switch is: "
            f"{switches}. No switch is ever added to a freeform document"
            f"{self._elsewhere(name, {found.holder for found in values})}"
        )

    def _elsewhere(self, name: str, but: Container[str] = ()) -> str:
        """Say where else in the document the flag has a switch; empty where it has none."""
        holders = [each for each in self._holders.get(name, ()) if each not in but]
        if not holders:
            return ""
        below = shown([each or places.TOP for each in holders])
        return f". It is below {below}: set {_FLAGS_AT} to the one that clients read"

    @cached_property
    def _holders(self) -> dict[str, dict[str, None]]:
        """Where in the document each name has a switch; read once, however many are looked for."""
        holders: dict[str, dict[str, None]] = {}
        for found in places.anywhere(self._root):
            if shapes_of(found):
                for name in found.names:
                    holders.setdefault(name, {})[found.holder] = None
        return holders


def _in_order(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda each: each.value.start)


def _cut(text: str) -> str:
    line = " ".join(text[:200].split())
    return line if len(line) <= 60 else f"{line[:57]}..."
