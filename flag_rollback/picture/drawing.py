"""Draws the whole state machine as SVG, with the path that an execution took.

Ways have no labels in it: on what condition each is taken is in the list of states beside it,
where no letter is in the way of a line.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from flag_rollback.picture.layers import lay_out
from flag_rollback.picture.sizes import BOX_HEIGHT, box_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flag_rollback.execution.machine import Machine, State
    from flag_rollback.execution.visits import Visit
    from flag_rollback.picture.sizes import Layout, Line

_ROUND = {"Pass": 15, "Succeed": 15, "Fail": 15}


def svg(machine: Machine, visits: Sequence[Visit], looks: Mapping[str, str]) -> str:
    """Draw the graph; `looks` gives the class of each state that was reached."""
    layout = lay_out(machine, box_width(machine))
    taken = {(a.state, b.state) for a, b in pairwise(visits)}
    loops = machine.loops()
    ways = sorted(
        layout.lines,
        key=lambda line: ((line.edge.source, line.edge.target) in taken, line.edge.kind != "catch"),
    )
    parts = [
        f'<svg id="graph" viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" '
        f'width="{layout.width:.0f}" height="{layout.height:.0f}" role="img" '
        'aria-label="All states; the list below says the same in words">',
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0.5L8 4L0 7.5z" fill="context-stroke"/></marker></defs>',
        *(_way(line, loops, taken) for line in ways),
        *(_box(state, layout, looks.get(state.name, "unreached")) for state in machine.states),
        "</svg>",
    ]
    return "\n".join(parts)


def _way(line: Line, loops: set[tuple[str, str]], taken: set[tuple[str, str]]) -> str:
    ends = (line.edge.source, line.edge.target)
    kind = " ".join(
        [
            line.edge.kind,
            *(["loop"] if ends in loops else []),
            *(["taken"] if ends in taken else []),
        ]
    )
    return (
        f'<path class="way {kind}" data-from="{escape(ends[0])}" data-to="{escape(ends[1])}" '
        f'd="{line.path}" marker-end="url(#arrow)"/>'
    )


def _box(state: State, layout: Layout, look: str) -> str:
    x, y = layout.boxes[state.name]
    left, top = x - layout.box_width / 2, y - BOX_HEIGHT / 2
    name = escape(state.name)
    return (
        f'<g class="state {look}" data-state="{name}">'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{layout.box_width:.1f}" '
        f'height="{BOX_HEIGHT:.0f}" rx="{_ROUND.get(state.type, 5)}"/>'
        f'<text class="name" x="{x:.1f}" y="{y + 4.5:.1f}">{name}</text></g>'
    )
