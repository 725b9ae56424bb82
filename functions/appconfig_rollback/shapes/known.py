"""All shapes of flags in freeform documents."""

from __future__ import annotations

from appconfig_rollback.shapes.boolean import PlainBoolean
from appconfig_rollback.shapes.enabled import ObjectWithEnabled
from appconfig_rollback.shapes.flagd import FlagdFlag
from appconfig_rollback.shapes.listed import ListItem
from appconfig_rollback.shapes.powertools import PowertoolsFeature
from appconfig_rollback.shapes.shape import Found, Shape
from appconfig_rollback.shapes.workshop import WORKSHOP

SHAPES: tuple[Shape, ...] = (
    WORKSHOP,
    PlainBoolean(),
    ObjectWithEnabled(),
    FlagdFlag(),
    PowertoolsFeature(),
    ListItem(),
)


def shapes_of(found: Found) -> tuple[Shape, ...]:
    """Find the shapes that a value has; none where nothing is known to turn it off."""
    return tuple(shape for shape in SHAPES if shape.recognises(found))
