"""What a layout is made of, in the picture's pixels, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flag_rollback.execution.machine import Edge, Machine

Point = tuple[float, float]

BOX_HEIGHT = 32.0
MARGIN = 14.0
_LETTER = 7.4


@dataclass(frozen=True)
class Line:
    """A way: the points it goes through from source to target, its SVG path, its label's middle."""

    edge: Edge
    points: list[Point]
    path: str
    label: Point


@dataclass(frozen=True)
class Layout:
    """The whole picture; `boxes` gives the middle of each state's box."""

    boxes: dict[str, Point]
    lines: list[Line]
    box_width: float
    width: float
    height: float


def box_width(machine: Machine) -> float:
    """One width for all boxes: the longest name's, with room for a mark before it."""
    return max(len(state.name) for state in machine.states) * _LETTER + 28
