"""Taking calls at once that commute leaves out no end, and breaks no promise less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.interleavings.exploring import Explorer
from tests.interleavings.people import Releaser
from tests.interleavings.place import in_place_of_aws
from tests.interleavings.scenarios import scenario
from tests.interleavings.stage import Stage

if TYPE_CHECKING:
    from tests.interleavings.actor import Fault
    from tests.interleavings.exploring import State

pytestmark = pytest.mark.thorough

SMALL: list[tuple[str, Fault]] = [
    ("one flag", "crash"),
    ("one flag", "lost"),
    ("one flag", "denied"),
    ("one flag and a release", "none"),
    ("one flag and a release", "crash"),
    ("a rollout that completes", "none"),
    ("a rollout that completes", "lost"),
]


def _ends(stage: Stage, fault: Fault, *, by_order: bool = False) -> set[object]:
    """How everything may stand in the end: the world, and how executions ended."""
    with in_place_of_aws(stage.settings):
        explorer = Explorer(stage.world, stage.actors, reduce=stage.at_once)
        begin = explorer.begin(fault)
        ends = explorer.every_order(begin) if by_order else explorer.explore([begin]).ends
        return {_known(explorer, state) for state in ends}


def _known(explorer: Explorer, state: State) -> object:
    return explorer.world(state).key(), tuple(explorer.locals(state))


@pytest.mark.parametrize(("name", "fault"), SMALL)
def test_calls_that_are_taken_at_once_leave_out_no_end(name: str, fault: Fault) -> None:
    small = scenario(name)
    reduced = _ends(small.stage(careful=False), fault)
    all_of_them = _ends(small.stage(careful=False, at_once=False), fault)

    assert reduced == all_of_them


def test_states_that_are_merged_leave_out_no_order() -> None:
    small = scenario("one flag and a release")

    merged = _ends(small.stage(careful=False), "none")

    assert merged == _ends(small.stage(careful=False), "none", by_order=True)


def test_two_people_come_to_all_ends_that_their_orders_have() -> None:
    stage = Stage()
    stage.serve()
    for name in ("one", "two"):
        stage.actors.append(Releaser(name, lambda _document: None, careful=True))

    assert len(_ends(stage, "none")) == len(_ends(stage, "none", by_order=True)) > 1
