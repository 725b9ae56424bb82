"""Who meets whom: each scenario sets a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.interleavings.stage import Stage, add, describe, turn_on_a

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Scenario:
    """`set_up` is told whether the person is careful; `person` says whether there is one."""

    name: str
    set_up: Callable[[Stage, bool], None]
    person: bool = False

    def stage(self, *, careful: bool = True, **more: object) -> Stage:
        """Set it up anew."""
        stage = Stage(**more)  # type: ignore[arg-type]
        self.set_up(stage, careful)
        return stage


def _one_flag(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.draft()
    stage.answers("a")


def _one_flag_and_a_release(stage: Stage, careful: bool) -> None:
    _one_flag(stage, careful)
    stage.releases(add("person"), careful=careful)


def _two_flags(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.draft()
    stage.answers("a")
    stage.answers("b")


def _two_flags_and_a_release(stage: Stage, careful: bool) -> None:
    _two_flags(stage, careful)
    stage.releases(add("person"), careful=careful)


def _three_flags(stage: Stage, _careful: bool) -> None:
    stage.serve()
    for flag in "abc":
        stage.answers(flag)


def _twice(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.draft()
    fired = stage.fires("a")
    stage.execution("run-1", fired)
    stage.execution("run-2", fired)


def _twice_and_a_release(stage: Stage, careful: bool) -> None:
    _twice(stage, careful)
    stage.releases(add("person"), careful=careful)


def _twice_and_a_restore(stage: Stage, careful: bool) -> None:
    _twice(stage, careful)
    stage.restores("a", careful=careful)


def _lists(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.answers("a", "b")
    stage.answers("b", "c")


def _list_and_one(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.draft()
    stage.answers("a", "b")
    stage.answers("b")


def _list_and_a_release(stage: Stage, careful: bool) -> None:
    _list_and_one(stage, careful)
    stage.releases(add("person"), careful=careful)


def _list_and_a_restore(stage: Stage, careful: bool) -> None:
    _list_and_one(stage, careful)
    stage.restores("b", careful=careful)


def _restore(stage: Stage, careful: bool) -> None:
    _two_flags(stage, careful)
    stage.restores("a", careful=careful)


def _by_hand(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.draft()
    stage.answers("a")
    stage.by_hand("by-hand-a", "a")


def _by_hand_and_a_release(stage: Stage, careful: bool) -> None:
    _by_hand(stage, careful)
    stage.releases(add("person"), careful=careful)


def _several_by_hand(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.by_hand("by-hand-ab", "a", "b")
    stage.answers("b")


def _rollout_by_hand(stage: Stage, _careful: bool) -> None:
    stage.serve(a=False)
    stage.roll_out()
    stage.by_hand("by-hand-1", "a")
    stage.by_hand("by-hand-2", "a")


def _rollout(stage: Stage, _careful: bool) -> None:
    stage.serve(a=False)
    stage.roll_out()
    stage.answers("a")
    stage.answers("b")


def _rollout_twice(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.roll_out()
    fired = stage.fires("a")
    stage.execution("run-1", fired)
    stage.execution("run-2", fired)


def _rollout_is_stopped(stage: Stage, _careful: bool) -> None:
    stage.serve(a=False)
    stage.stops(stage.roll_out())
    stage.answers("a")


def _rollout_completes(stage: Stage, _careful: bool) -> None:
    stage.serve(a=False)
    stage.roll_out(bake_minutes=0)
    stage.answers("a")


def _rollout_is_rolled_back(stage: Stage, _careful: bool) -> None:
    stage.serve(a=False)
    stage.roll_out()
    stage.monitor()
    stage.answers("a")


def _monitor(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.monitor()
    stage.answers("a")


def _monitor_and_two_flags(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.monitor()
    stage.answers("a")
    stage.answers("b")


def _managed(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.roll_out(managed=True, bake_minutes=0)
    stage.answers("a")


def _experiment(stage: Stage, _careful: bool) -> None:
    stage.serve_feature_flags(a=True, experiment_on="a")
    stage.answers("a")


def _experiment_and_a_release(stage: Stage, careful: bool) -> None:
    _experiment(stage, careful)
    stage.releases(describe, careful=careful)


def _experiment_is_left(stage: Stage, _careful: bool) -> None:
    stage.serve_feature_flags(a=True, experiment_on="a")
    fired = stage.fires("a")
    stage.left_undone(fired)
    stage.execution("run-2", fired)


def _experiment_twice(stage: Stage, _careful: bool) -> None:
    stage.serve_feature_flags(a=False, experiment_on="a")
    fired = stage.fires("a")
    stage.execution("run-1", fired)
    stage.execution("run-2", fired)


def _experiment_twice_and_a_restore(stage: Stage, careful: bool) -> None:
    _experiment_twice(stage, careful)
    stage.releases(turn_on_a, careful=careful)


def _experiment_is_swept(stage: Stage, _careful: bool) -> None:
    stage.serve_feature_flags(a=True, experiment_on="b")
    stage.answers("a")
    stage.answers("b")


def _experiment_of_a_list(stage: Stage, careful: bool) -> None:
    stage.serve_feature_flags(a=True, experiment_on="b")
    stage.answers("a", "b")
    stage.releases(describe, careful=careful)


def _room_for_one(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.limit(1)
    stage.answers("a")
    stage.answers("b")


def _room_for_two(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.limit(2)
    stage.answers("a", "b")
    stage.answers("c")


def _rollout_and_room_for_one(stage: Stage, _careful: bool) -> None:
    stage.serve(a=False, b=False)
    stage.roll_out()
    stage.limit(1)
    stage.answers("a")


def _leftover(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.leftover("a")
    stage.answers("a")


def _leftover_and_a_release(stage: Stage, careful: bool) -> None:
    _leftover(stage, careful)
    stage.answers("b")
    stage.releases(add("person"), careful=careful)


def _leftover_of_what_was_undone(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.undone_rollback(minutes=60)
    stage.answers("a")


def _restored_a_minute_ago(stage: Stage, _careful: bool) -> None:
    stage.serve()
    stage.undone_rollback(minutes=1)
    stage.answers("b")


SCENARIOS = [
    Scenario("one flag", _one_flag),
    Scenario("one flag and a release", _one_flag_and_a_release, person=True),
    Scenario("two flags", _two_flags),
    Scenario("two flags and a release", _two_flags_and_a_release, person=True),
    Scenario("two flags, and one is restored", _restore, person=True),
    Scenario("three flags in a storm", _three_flags),
    Scenario("the same transition twice", _twice),
    Scenario("the same transition twice and a release", _twice_and_a_release, person=True),
    Scenario("the same transition twice and a restore", _twice_and_a_restore, person=True),
    Scenario("two lists that overlap", _lists),
    Scenario("a list and one of its flags", _list_and_one),
    Scenario("a list, one of its flags and a release", _list_and_a_release, person=True),
    Scenario("a list, and one of its flags is restored", _list_and_a_restore, person=True),
    Scenario("by hand beside an execution", _by_hand),
    Scenario("by hand beside an execution and a release", _by_hand_and_a_release, person=True),
    Scenario("several by hand beside an execution", _several_by_hand),
    Scenario("a rollout, and two people by hand", _rollout_by_hand),
    Scenario("a rollout, and two flags", _rollout),
    Scenario("a rollout, and the same transition twice", _rollout_twice),
    Scenario("a rollout that a person stops", _rollout_is_stopped),
    Scenario("a rollout that completes", _rollout_completes),
    Scenario("a rollout that a monitor rolls back", _rollout_is_rolled_back),
    Scenario("a monitor undoes the rollback", _monitor),
    Scenario("a monitor undoes the rollback of two flags", _monitor_and_two_flags),
    Scenario("a deployment of AppConfig's own", _managed),
    Scenario("an experiment", _experiment),
    Scenario("an experiment and a release", _experiment_and_a_release, person=True),
    Scenario("an experiment that a dead execution has left", _experiment_is_left),
    Scenario("only an experiment, twice", _experiment_twice),
    Scenario(
        "only an experiment, twice, and a restore", _experiment_twice_and_a_restore, person=True
    ),
    Scenario("an experiment on a flag that is swept", _experiment_is_swept),
    Scenario("an experiment on one of a list, and a release", _experiment_of_a_list, person=True),
    Scenario("two flags, and room for one", _room_for_one),
    Scenario("a list and a flag, and room for two", _room_for_two),
    Scenario("a rollout of two flags, and room for one", _rollout_and_room_for_one),
    Scenario("a leftover of a dead execution", _leftover),
    Scenario("a leftover, two flags and a release", _leftover_and_a_release, person=True),
    Scenario("a leftover of what a person undid", _leftover_of_what_was_undone),
    Scenario("a flag beside one that was just restored", _restored_a_minute_ago),
]


def scenario(name: str) -> Scenario:
    """Find a scenario."""
    return next(each for each in SCENARIOS if each.name == name)
