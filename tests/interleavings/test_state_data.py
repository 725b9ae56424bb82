"""The state data of an alarm of 20 flags stays small, however it ends."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from tests.interleavings.execution import Doing, Execution
from tests.interleavings.exploring import Explorer
from tests.interleavings.place import in_place_of_aws
from tests.interleavings.stage import Stage

MANY = [f"checkout-express-payment-{number:02}" for number in range(20)]


def _largest(
    *, enabled: bool, names: tuple[str, ...], policy: str = "auto"
) -> list[tuple[str | None, int]]:
    """Let alarms of all the flags fire; says how each execution ended, and the bytes it took."""
    wish = {} if policy == "auto" else {"metadata": {"rollback": policy}}
    flags = {flag: {"enabled": enabled, **wish} for flag in MANY}
    stage = Stage()
    stage.serve_text(json.dumps({"flags": flags}))
    for name in names:
        stage.execution(name, replace(stage.fires(*MANY), alarm=f"errors seen by {name}"))
    with in_place_of_aws(stage.settings):
        explorer = Explorer(stage.world, stage.actors)
        drawn = explorer.sample(explorer.begin(), 1, random.Random(20))  # noqa: S311 - no secret
        (state,) = drawn.ends
        ended = zip(stage.actors, explorer.locals(state), strict=True)
        return [
            (doing.outcome, actor.largest)
            for actor, doing in ended
            if isinstance(actor, Execution) and isinstance(doing, Doing)
        ]


def test_twenty_flags_that_go_off_take_less_than_8_kb() -> None:
    ((outcome, largest),) = _largest(enabled=True, names=("run-1",))

    assert outcome == "rolled_back"
    assert 1024 < largest < 8 * 1024


def test_twenty_flags_that_were_off_take_less_than_8_kb() -> None:
    ((outcome, largest),) = _largest(enabled=False, names=("run-1",))

    assert outcome == "already_off"
    assert 1024 < largest < 8 * 1024


@pytest.mark.parametrize(("policy", "outcome"), [("notify", "dry_run"), ("off", "ignored")])
def test_twenty_flags_that_are_only_told_of_or_left_take_less_than_8_kb(
    policy: str, outcome: str
) -> None:
    ((ended, largest),) = _largest(enabled=True, names=("run-1",), policy=policy)

    assert ended == outcome
    assert 1024 < largest < 8 * 1024


def test_twenty_flags_that_go_off_with_another_execution_take_less_than_8_kb() -> None:
    ended = _largest(enabled=True, names=("run-1", "run-2"))

    assert [outcome for outcome, _ in ended] == ["rolled_back", "rolled_back"]
    assert all(1024 < largest < 8 * 1024 for _, largest in ended)
