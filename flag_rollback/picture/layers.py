"""A layout in layers by fast-sugiyama, which works as Graphviz's dot does.

It wants a graph without loops to begin well, so ways that lead back are given to it turned round,
and drawn the way they go. Several of its settings are tried, and the narrowest picture is taken.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, Literal

from fast_sugiyama import from_edges

from flag_rollback.picture.sizes import BOX_HEIGHT, MARGIN, Layout, Line, Point

if TYPE_CHECKING:
    from fast_sugiyama import Layouts

    from flag_rollback.execution.machine import Edge, Machine

Pair = tuple[str, str]

_LAYER = 62.0  # from one layer of boxes to the next
_GAP = 14.0  # between boxes of a layer
_LANE = 0.12  # the room of a way that passes a layer, in boxes
_UNIT = 100.0
_CROSSINGS: tuple[Literal["barycenter", "median"], ...] = ("barycenter", "median")


def lay_out(machine: Machine, box_width: float) -> Layout:
    """Lay the state machine out."""
    names = [state.name for state in machine.states]
    placed, ways = _placed(machine, names)
    across = (box_width + _GAP) / _UNIT
    scaled = {key: (x * across, y * _LAYER / _UNIT) for key, (x, y) in placed.items()}
    left = min(x for x, _ in scaled.values()) - box_width / 2 - MARGIN
    top = min(y for _, y in scaled.values()) - BOX_HEIGHT / 2 - MARGIN
    points = {key: (x - left, y - top) for key, (x, y) in scaled.items()}
    return Layout(
        boxes={name: points[number] for number, name in enumerate(names)},
        lines=[
            _line(edge, [points[key] for key in ways[edge.source, edge.target]], box_width)
            for edge in machine.edges
        ],
        box_width=box_width,
        width=max(x for x, _ in points.values()) + box_width / 2 + MARGIN,
        height=max(y for _, y in points.values()) + BOX_HEIGHT / 2 + MARGIN,
    )


def _placed(machine: Machine, names: list[str]) -> tuple[dict[int, Point], dict[Pair, list[int]]]:
    """Ask the library: where everything is, y downwards, and through what each way goes.

    Keys below the number of states are states; the others are the bends that the library makes.
    """
    numbers = {name: number for number, name in enumerate(names)}
    back = machine.loops()
    pairs = {
        (numbers[e.source], numbers[e.target]): (e.source, e.target) in back for e in machine.edges
    }
    forward = {(b, a) if turned else (a, b) for (a, b), turned in pairs.items() if a != b}
    placed: dict[int, Point] = {}
    follows: dict[int, list[int]] = {}
    for positions, _, height, edges in _narrowest(sorted(forward)):
        beside = max((x for x, _ in placed.values()), default=-_UNIT) + _UNIT
        placed |= {int(key): (beside + x, height - y) for key, (x, y) in positions}
        for a, b in edges or []:
            follows.setdefault(int(a), []).append(int(b))
    lonely = [number for number in range(len(names)) if number not in placed]
    placed |= {number: (_UNIT * i, -_UNIT) for i, number in enumerate(lonely)}
    ways: dict[Pair, list[int]] = {}
    for (a, b), turned in pairs.items():
        way = _way(b, a, follows, len(names))[::-1] if turned else _way(a, b, follows, len(names))
        ways[names[a], names[b]] = way
    return placed, ways


def _narrowest(edges: list[tuple[int, int]]) -> Layouts:
    drawn = [
        from_edges(
            edges,
            vertex_spacing=_UNIT,
            dummy_vertices=True,
            dummy_size=_LANE,
            ranking_type="minimize",
            crossing_minimization=crossing,
            transpose=transpose,
        )
        for crossing, transpose in product(_CROSSINGS, (True, False))
    ]
    return min(drawn, key=lambda layouts: sum(width for _, width, *_ in layouts))


def _way(start: int, end: int, follows: dict[int, list[int]], states: int) -> list[int]:
    """Follow the bends from a state to another."""
    for first in follows.get(start, []):
        way = [start, first]
        while way[-1] >= states:
            way.append(follows[way[-1]][0])
        if way[-1] == end:
            return way
    return [start, end]


def _line(edge: Edge, middles: list[Point], box_width: float) -> Line:
    """Let a way begin and end at the rim of its boxes, on the side that it comes from."""
    points = [
        _port(middles[0], middles[1], box_width),
        *middles[1:-1],
        _port(middles[-1], middles[-2], box_width),
    ]
    (x1, y1), (x2, y2) = points[:2]
    return Line(edge, points, _curve(points), ((x1 + x2) / 2, (y1 + y2) / 2))


def _port(box: Point, towards: Point, box_width: float) -> Point:
    reach = box_width / 2 - 16
    aside = max(-reach, min(reach, (towards[0] - box[0]) * 0.3))
    half = BOX_HEIGHT / 2
    return box[0] + aside, box[1] + (half if towards[1] > box[1] else -half)


def _curve(points: list[Point]) -> str:
    """Write a way as an SVG path that leaves and enters every layer straight."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (y1 + y2) / 2
        path += f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    return path
