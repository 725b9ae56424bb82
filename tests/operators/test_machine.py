"""The state machine is read from its definition, whatever states it has, and laid out."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from flag_rollback.execution.machine import Edge, read_machine
from flag_rollback.picture.drawing import svg
from flag_rollback.picture.layers import lay_out
from flag_rollback.picture.sizes import BOX_HEIGHT, Layout, box_width
from tests.contract.shipped import DEFINITION, STATES
from tests.operators.reports import visits

LOOP: dict[str, Any] = {
    "StartAt": "Try",
    "States": {
        "Try": {
            "Type": "Task",
            "Comment": "May fail.",
            "Next": "Enough?",
            "Catch": [
                {"ErrorEquals": ["Busy", "Slow"], "Next": "Wait"},
                {"ErrorEquals": ["States.ALL"], "Next": "Sorry"},
            ],
        },
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Try"},
        "Enough?": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.done", "BooleanEquals": True, "Next": "Done"},
                {"Variable": "$.mode", "StringEquals": "off", "Next": "Done"},
                {
                    "And": [
                        {"Variable": "$.x.late", "BooleanEquals": False},
                        {"Not": {"Variable": "$.n", "NumericEquals": 3}},
                    ],
                    "Next": "Wait",
                },
            ],
            "Default": "Enough?",
        },
        "Done": {"Type": "Succeed"},
        "Sorry": {"Type": "Fail"},
    },
}


def test_edges_say_when_they_are_taken() -> None:
    assert read_machine(LOOP).edges == (
        Edge("Try", "Enough?", "next"),
        Edge("Try", "Wait", "catch", "Busy, Slow"),
        Edge("Try", "Sorry", "catch"),
        Edge("Wait", "Try", "next"),
        Edge("Enough?", "Done", "choice", "done"),
        Edge("Enough?", "Done", "choice", "mode off"),
        Edge("Enough?", "Wait", "choice", "late no and not n 3"),
        Edge("Enough?", "Enough?", "choice", "otherwise"),
    )


def test_what_leads_back_is_known() -> None:
    assert read_machine(LOOP).loops() == {("Wait", "Try"), ("Enough?", "Enough?")}


ONE: dict[str, Any] = {"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}


def laid_out(definition: dict[str, Any]) -> Layout:
    machine = read_machine(definition)
    return lay_out(machine, box_width(machine))


@pytest.mark.parametrize("definition", [DEFINITION, LOOP, ONE], ids=["ships", "small", "one"])
def test_no_two_boxes_overlap_and_every_way_joins_its_boxes(
    definition: dict[str, Any],
) -> None:
    layout = laid_out(definition)

    assert set(layout.boxes) == set(definition["States"])
    for (_, (x1, y1)), (_, (x2, y2)) in combinations(layout.boxes.items(), 2):
        assert abs(x1 - x2) >= layout.box_width or abs(y1 - y2) >= BOX_HEIGHT
    assert Counter(line.edge for line in layout.lines) == Counter(read_machine(definition).edges)
    for line in layout.lines:
        ends = ((line.edge.source, line.points[0]), (line.edge.target, line.points[-1]))
        for name, (x, y) in ends:
            box_x, box_y = layout.boxes[name]
            assert abs(x - box_x) <= layout.box_width / 2 + 2
            assert abs(y - box_y) <= BOX_HEIGHT / 2 + 2
    for x, y in layout.boxes.values():
        assert 0 < x < layout.width
        assert 0 < y < layout.height


@pytest.mark.parametrize("definition", [DEFINITION, LOOP], ids=["ships", "small"])
def test_ways_go_round_the_boxes_that_they_pass(definition: dict[str, Any]) -> None:
    layout = laid_out(definition)

    for line in layout.lines:
        for x, y in line.points[1:-1]:
            for name, (box_x, box_y) in layout.boxes.items():
                inside = abs(x - box_x) < layout.box_width / 2 and abs(y - box_y) < BOX_HEIGHT / 2
                assert not inside, (line.edge, name)


def test_the_happy_way_goes_down() -> None:
    layout, machine = laid_out(DEFINITION), read_machine(DEFINITION)
    back = machine.loops()

    for edge in machine.edges:
        if edge.kind != "catch" and (edge.source, edge.target) not in back:
            assert layout.boxes[edge.source][1] < layout.boxes[edge.target][1], edge


def test_every_state_that_ships_is_drawn_and_the_path_stands_out() -> None:
    machine = read_machine(DEFINITION)
    taken = visits("Begin ParseAlarm FetchConfig")
    drawn = svg(machine, taken, {"ParseAlarm": "succeeded"})

    assert all(f'data-state="{name}"' in drawn for name in STATES)
    assert 'class="state succeeded" data-state="ParseAlarm"' in drawn
    assert 'class="state unreached" data-state="CreateVersion"' in drawn
    assert 'class="way next taken" data-from="ParseAlarm" data-to="FetchConfig"' in drawn
    ways = {(edge.source, edge.target) for edge in machine.edges}
    assert drawn.count('class="way ') == len(machine.edges)
    assert len(ways - {("Begin", "ParseAlarm"), ("ParseAlarm", "FetchConfig")}) == len(ways) - 2
    assert drawn.count(" taken") == 2
    assert "loop" in drawn.split('data-from="AwaitRedrive" data-to="ParseAlarm"')[0][-40:]


def test_a_machine_of_one_state_is_drawn() -> None:
    assert 'data-state="Only"' in svg(read_machine(ONE), [], {})
