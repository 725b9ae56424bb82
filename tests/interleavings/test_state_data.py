"""The state data of an alarm of 20 flags stays small, however it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.interleavings.world import World

MANY = [f"checkout-express-payment-{number:02}" for number in range(20)]


def _serve(world: World, *, enabled: bool = True, policy: str = "auto") -> None:
    wish = {} if policy == "auto" else {"metadata": {"rollback": policy}}
    flags = {flag: {"enabled": enabled, **wish} for flag in MANY}
    world.appconfig.start(world.appconfig.create(json.dumps({"flags": flags})), minutes=0)
    world.appconfig.advance()
    world.time_passes()
    world.appconfig_works()


def _largest(
    *, enabled: bool, names: tuple[str, ...], policy: str = "auto"
) -> dict[str, tuple[str | None, int]]:
    """Let alarms of all the flags fire; says how each execution ended, and the bytes it took."""
    world = World()
    with world.in_place_of_aws():
        _serve(world, enabled=enabled, policy=policy)
        for name in names:
            world.answers(name, replace(world.fires(*MANY), alarm=f"errors seen by {name}"))
        world.scheduler.run([])
    return {name: (ended.outcome, ended.largest) for name, ended in world.ended.items()}


def test_twenty_flags_that_go_off_take_less_than_8_kb() -> None:
    outcome, largest = _largest(enabled=True, names=("run-1",))["run-1"]

    assert outcome == "rolled_back"
    assert largest < 8 * 1024


def test_twenty_flags_that_were_off_take_less_than_8_kb() -> None:
    outcome, largest = _largest(enabled=False, names=("run-1",))["run-1"]

    assert outcome == "already_off"
    assert largest < 8 * 1024


@pytest.mark.parametrize(("policy", "outcome"), [("notify", "dry_run"), ("off", "ignored")])
def test_twenty_flags_that_are_only_told_of_or_left_take_less_than_8_kb(
    policy: str, outcome: str
) -> None:
    ended, largest = _largest(enabled=True, names=("run-1",), policy=policy)["run-1"]

    assert ended == outcome
    assert largest < 8 * 1024


def test_twenty_flags_that_go_off_with_another_execution_take_less_than_8_kb() -> None:
    ended = _largest(enabled=True, names=("run-1", "run-2"))

    assert [outcome for outcome, _ in ended.values()] == ["rolled_back", "rolled_back"]
    assert all(largest < 8 * 1024 for _, largest in ended.values())
