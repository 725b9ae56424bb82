"""Whatever the order of the calls, every promise is kept: `make interleavings`, within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.interleavings.playing import play
from tests.interleavings.scenarios import SCENARIOS, Scenario, scenario

if TYPE_CHECKING:
    from tests.interleavings.actor import Fault

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("played", SCENARIOS, ids=lambda each: each.name)
def test_every_order_keeps_the_promises(played: Scenario) -> None:
    found = play(played.stage(careful=False), most_states=600, orders=10)

    assert not found.broken, "\n\n".join(found.broken.values())


@pytest.mark.parametrize("name", ["one flag", "two flags", "an experiment"])
@pytest.mark.parametrize("fault", ["crash", "lost", "denied"])
def test_whatever_goes_wrong_once_the_promises_are_kept(name: str, fault: Fault) -> None:
    found = play(scenario(name).stage(careful=False), fault, most_states=600, orders=10)

    assert not found.broken, "\n\n".join(found.broken.values())
