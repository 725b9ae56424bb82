"""A layout by Graphviz's dot, where that program is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from flag_rollback.picture.sizes import BOX_HEIGHT, MARGIN, Layout, Line, Point

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json
    from flag_rollback.execution.machine import Edge, Machine

_POINTS_PER_INCH = 72
_SECONDS = 10


def lay_out(machine: Machine, box_width: float) -> Layout | None:
    """Lay the state machine out; None where there is no dot, or it fails."""
    program = shutil.which("dot")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-Tjson0"],
            input=_graph(machine, box_width),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        return _read(json.loads(done.stdout), machine, box_width)
    except (OSError, subprocess.SubprocessError, LookupError, ValueError):
        return None


def _graph(machine: Machine, box_width: float) -> str:
    """Write the graph in dot's language; states and ways go by number, so no name needs quoting."""
    numbers = {state.name: number for number, state in enumerate(machine.states)}
    size = f"width={box_width / _POINTS_PER_INCH},height={BOX_HEIGHT / _POINTS_PER_INCH}"
    lines = [
        "digraph {",
        "nodesep=0.2; ranksep=0.3;",
        f'node [shape=box,fixedsize=true,{size},label=""];',
        "edge [fontname=sans,fontsize=11];",
        *(f"{number};" for number in numbers.values()),
    ]
    for number, edge in enumerate(machine.edges):
        ends = f"{numbers[edge.source]} -> {numbers[edge.target]}"
        label = json.dumps(edge.label[:26])
        lines.append(f"{ends} [id={number},label={label}];")
    return "\n".join([*lines, "}"])


def _read(drawn: Json, machine: Machine, box_width: float) -> Layout:
    _, _, width, height = map(float, drawn["bb"].split(","))

    def place(text: str) -> Point:
        x, y = map(float, text.split(","))
        return x + MARGIN, height - y + MARGIN

    names = [state.name for state in machine.states]
    boxes = {names[int(node["name"])]: place(node["pos"]) for node in drawn["objects"]}
    lines = []
    for way in drawn.get("edges", []):
        edge: Edge = machine.edges[int(way["id"])]
        end, *knots = way["pos"].removeprefix("e,").split()
        points = [place(knot) for knot in knots]
        path = "M{:.1f} {:.1f}C".format(*points[0])
        path += " ".join(f"{x:.1f} {y:.1f}" for x, y in points[1:])
        tip = place(end)
        label = place(way["lp"]) if "lp" in way else points[len(points) // 2]
        through = [*points[::3], tip]
        lines.append(Line(edge, through, f"{path}L{tip[0]:.1f} {tip[1]:.1f}", label))
    return Layout(boxes, lines, box_width, width + 2 * MARGIN, height + 2 * MARGIN)
