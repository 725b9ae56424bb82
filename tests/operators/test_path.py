"""The path of an execution: in order, with what was repeated folded together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flag_rollback.execution.machine import read_machine
from flag_rollback.picture.path import path
from flag_rollback.picture.rows import rows
from tests.contract.shipped import DEFINITION
from tests.operators.reports import NOW, visits

MACHINE = read_machine(DEFINITION)


def told(states: str) -> list[str]:
    """The steps of a path, as a reader sees them: what opens and closes a turn, and how often."""
    (attempt,) = path(visits(states), MACHINE)
    return [
        f"{'(' if step.opens else ''}{step.state}{f')x{step.turn}' if step.closes else ''}"
        for step in attempt.steps
    ]


@pytest.mark.parametrize(
    ("states", "steps"),
    [
        ("A B C", ["A", "B", "C"]),
        ("A B A B A C", ["(A", "B)x2", "A", "C"]),
        ("A B C B C B C D", ["A", "(B", "C)x3", "D"]),
        ("A A A", ["(A)x3"]),
        ("A B B C A B B C", ["(A", "B", "B", "C)x2"]),
    ],
)
def test_what_is_repeated_is_folded(states: str, steps: list[str]) -> None:
    assert told(states) == steps


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=60))
def test_every_visit_is_on_the_path_once(names: list[str]) -> None:
    made = visits(" ".join(names))
    (attempt,) = path(made, MACHINE)

    places = [place for step in attempt.steps for place in step.visits]
    assert sorted(places) == list(range(len(names)))
    assert all(made[place].state == step.state for step in attempt.steps for place in step.visits)


def test_why_a_way_was_taken_stands_before_the_step() -> None:
    (attempt,) = path(visits("WhatToDo? CreateVersion MarkFailure WhatRemains?"), MACHINE)

    assert [step.why for step in attempt.steps] == ["", "roll back", "on an error", ""]


def test_each_attempt_has_a_path_of_its_own() -> None:
    first = visits("Begin ParseAlarm")
    again = [replace(visit, attempt=1) for visit in visits("AwaitRedrive ParseAlarm")]

    attempts = path([*first, *again], MACHINE)

    assert [attempt.number for attempt in attempts] == [0, 1]
    assert [step.state for step in attempts[1].steps] == ["AwaitRedrive", "ParseAlarm"]


def test_a_path_that_is_too_long_shows_its_beginning_and_its_end() -> None:
    names = " ".join("A B C D" if number % 3 else "A B D" for number in range(500))
    (attempt,) = path(visits(names), MACHINE)

    assert len(attempt.steps) == 120
    assert attempt.hidden > 100
    assert attempt.steps[0].visits[0] == 0
    assert attempt.steps[-1].visits[-1] == len(names.split()) - 1


@pytest.mark.thorough
def test_a_long_timeline_shows_its_beginning_and_its_end() -> None:
    made = visits(" ".join(["FetchConfig"] * 25_000))

    (stretch,) = rows(made, NOW)

    shown = [row.visit for row in stretch.rows]
    assert len(shown) + stretch.hidden == 25_000
    assert len(shown) <= 100
    assert shown[0] == 0
    assert shown[-1] == 24_999
    assert stretch.hidden_before in shown
    assert all(row.left + row.width <= 100.0 for row in stretch.rows)
