"""Draws the state machine as SVG; which state was reached, and how, is put on it by the page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from appconfig_rollback.plain_text import shortened
from flag_rollback.picture.layout import lay_out
from flag_rollback.picture.sizes import BOX_HEIGHT

if TYPE_CHECKING:
    from flag_rollback.execution.machine import Machine, State
    from flag_rollback.picture.sizes import Layout, Line

_LABEL_LIMIT = 26
#: Smaller than this the names could not be read, so the picture is scrolled instead.
_SMALLEST = 0.62


def svg(machine: Machine) -> str:
    """Draw the graph."""
    layout = lay_out(machine)
    loops = machine.loops()
    parts = [
        f'<svg id="graph" viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" '
        f'width="{layout.width:.0f}" style="min-width:{layout.width * _SMALLEST:.0f}px" '
        'role="group" aria-label="State machine">',
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0.5L8 4L0 7.5z" fill="context-stroke"/></marker></defs>',
    ]
    ways = sorted(layout.lines, key=lambda line: line.edge.kind == "catch", reverse=True)
    parts += [_way(line, (line.edge.source, line.edge.target) in loops) for line in ways]
    parts += [_label(line) for line in ways if line.edge.label]
    parts += [_box(state, layout) for state in machine.states]
    return "\n".join([*parts, "</svg>"])


def _way(line: Line, is_loop: bool) -> str:
    edge = line.edge
    kind = f"{edge.kind} loop" if is_loop else edge.kind
    return (
        f'<path class="way {kind}" data-from="{escape(edge.source)}" '
        f'data-to="{escape(edge.target)}" d="{line.path}" marker-end="url(#arrow)"/>'
    )


def _label(line: Line) -> str:
    """Write when the way is taken, beside its beginning."""
    edge, (x, y) = line.edge, line.label
    return (
        f'<text class="label {edge.kind}" data-from="{escape(edge.source)}" '
        f'data-to="{escape(edge.target)}" x="{x:.1f}" y="{y + 3:.1f}">'
        f"{escape(shortened(edge.label, _LABEL_LIMIT))}<title>{escape(edge.label)}</title></text>"
    )


def _box(state: State, layout: Layout) -> str:
    x, y = layout.boxes[state.name]
    left, top = x - layout.box_width / 2, y - BOX_HEIGHT / 2
    round_ = {"Pass": 15, "Succeed": 15, "Fail": 15}.get(state.type, 5)
    name = escape(state.name)
    return (
        f'<g class="state unreached" data-state="{name}" data-type="{escape(state.type)}" '
        f'tabindex="0" role="button" aria-label="{name}, not reached">'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{layout.box_width:.1f}" '
        f'height="{BOX_HEIGHT:.0f}" rx="{round_}"/>'
        f'<text class="mark" x="{left + 13:.1f}" y="{y + 4.5:.1f}"></text>'
        f'<text class="name" x="{x + 7:.1f}" y="{y + 4.5:.1f}">{name}</text>'
        f'<text class="count" x="{left + layout.box_width + 4:.1f}" y="{y + 4:.1f}"></text></g>'
    )
