"""Who meets whom: each scenario sets a world up, and adds those who act in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appconfig_rollback.mark import Mark
from tests.interleavings.people import Person
from tests.interleavings.promises import DRAFT
from tests.interleavings.world import alarm_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.interleavings.world import World

Document = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """`most_versions` is how many versions the executions may write."""

    name: str
    set_up: Callable[[World, bool], None]
    most_versions: int


def two_flags(world: World, _careful: bool) -> None:
    """Two alarms fire at once."""
    _serve(world)
    _draft(world)
    _answer(world, "run-a", "a")
    _answer(world, "run-b", "b")


def two_flags_and_room_for_one(world: World, _careful: bool) -> None:
    """Two alarms fire at once, and one flag may go off within the hour."""
    _serve(world)
    world.limit(1)
    _answer(world, "run-a", "a")
    _answer(world, "run-b", "b")


def a_list_and_room_for_two(world: World, _careful: bool) -> None:
    """An alarm of two flags and another one fire at once, and two may go off."""
    _serve(world)
    world.limit(2)
    world.answers("run-ab", world.fires("a", "b"))
    _answer(world, "run-c", "c")


def same_transition_twice(world: World, _careful: bool) -> None:
    """EventBridge delivers one transition twice."""
    _serve(world)
    _draft(world)
    fired = world.fires("a")
    world.answers("run-1", fired)
    world.answers("run-2", fired)


def two_flags_and_a_release(world: World, careful: bool) -> None:
    """Two alarms fire while a person releases something else."""
    two_flags(world, careful)
    Person(world, "person", _mark("person"), careful=careful)


def same_transition_twice_and_a_release(world: World, careful: bool) -> None:
    """One transition comes twice while a person releases something else."""
    same_transition_twice(world, careful)
    Person(world, "person", _mark("person"), careful=careful)


def rollout_in_progress(world: World, _careful: bool) -> None:
    """Two alarms fire while flag a is being rolled out, and flag b is on for long."""
    _serve(world, a=False)
    version = world.appconfig.create(_document(changes=["rollout"]))
    world.appconfig.start(version, by="person", minutes=30, bake_minutes=30)
    world.time_passes()
    _answer(world, "run-a", "a")
    _answer(world, "run-b", "b")


def rollout_and_the_same_transition_twice(world: World, _careful: bool) -> None:
    """One transition comes twice while a release is being rolled out, on top of a flag that is on.

    Whichever execution stops the release may leave the flag to the other one.
    """
    _serve(world)
    version = world.appconfig.create(_document(changes=["rollout"]))
    world.appconfig.start(version, by="person", minutes=30, bake_minutes=30)
    world.time_passes()
    fired = world.fires("a")
    world.answers("run-1", fired)
    world.answers("run-2", fired)


def leftover_of_a_dead_execution(world: World, careful: bool) -> None:
    """An execution wrote its version and died; then the alarm fires again, and a person acts."""
    _serve(world)
    _leave(world, "a")
    _answer(world, "run-a", "a")
    _answer(world, "run-b", "b")
    Person(world, "person", _mark("person"), careful=careful)


def leftover_and_nobody_else(world: World, _careful: bool) -> None:
    """An execution wrote its version and died; then the alarm fires again."""
    _serve(world)
    _leave(world, "a")
    _answer(world, "run-a", "a")


def leftover_with_a_restored_flag(world: World, _careful: bool) -> None:
    """A person undid a rollback of a and b by deploying the old version; a's alarm fires again."""
    _serve(world)
    swept = Mark(1, alarm_of("a"), None, "2026-03-02T09:00:00.000Z", "gone", 1)
    both_off = world.appconfig.create(_document(a=False, b=False), str(swept))
    for version, by in ((both_off, "gone"), (1, "person")):
        description = str(swept) if by == "gone" else ""
        world.appconfig.start(version, by=by, description=description, minutes=0)
        world.appconfig.advance()
        world.time_passes()
    _answer(world, "run-a", "a")


def restored_after_the_rollback(world: World, careful: bool) -> None:
    """A person turns flag a on again once it is off; an execution for flag b is at work."""
    two_flags(world, careful)
    _restore(world, "a", careful=careful)


def restored_before_the_duplicate(world: World, careful: bool) -> None:
    """A person turns the flag on again; the second delivery of the transition comes late."""
    same_transition_twice(world, careful)
    _restore(world, "a", careful=careful)


def experiment_and_a_release(world: World, careful: bool) -> None:
    """Flag a is on, and an experiment shows it, too; a person releases something else."""
    _experiment(world, a=True)
    _answer(world, "run-a", "a")
    Person(world, "person", _describe, careful=careful)


def only_the_experiment_twice(world: World, _careful: bool) -> None:
    """Flag a is off in what is served, and an experiment shows it; the transition comes twice."""
    _experiment(world, a=False)
    fired = world.fires("a")
    world.answers("run-1", fired)
    world.answers("run-2", fired)


def experiment_of_a_swept_flag(world: World, _careful: bool) -> None:
    """The alarms of a and b fire; b goes off with a or alone, and an experiment shows b."""
    _experiment(world, a=True, of="b")
    _answer(world, "run-a", "a")
    _answer(world, "run-b", "b")


def a_flag_of_two_alarms(world: World, _careful: bool) -> None:
    """One alarm guards a and b, another one b alone; both fire."""
    _serve(world)
    _draft(world)
    _answer(world, "run-ab", "a", "b")
    _answer(world, "run-b", "b")


def a_flag_of_two_alarms_and_a_release(world: World, careful: bool) -> None:
    """The same, while a person releases something else."""
    a_flag_of_two_alarms(world, careful)
    Person(world, "person", _mark("person"), careful=careful)


def a_flag_of_two_alarms_is_restored(world: World, careful: bool) -> None:
    """The same, and a person turns b on again once it is off."""
    a_flag_of_two_alarms(world, careful)
    _restore(world, "b", careful=careful)


def an_experiment_on_the_second_flag(world: World, careful: bool) -> None:
    """One alarm guards a and b; an experiment shows b, and a person releases something else."""
    _experiment(world, a=True, of="b")
    _answer(world, "run-ab", "a", "b")
    Person(world, "person", _describe, careful=careful)


def by_hand_beside_an_execution(world: World, careful: bool) -> None:
    """A person turns flag a off by hand while its alarm is answered, and another releases."""
    _serve(world)
    _draft(world)
    _answer(world, "run-a", "a")
    world.by_hand("by-hand-a", "a")
    Person(world, "person", _mark("person"), careful=careful)


def several_by_hand(world: World, _careful: bool) -> None:
    """A person turns a and b off by hand while b's alarm is answered."""
    _serve(world)
    world.by_hand("by-hand-ab", "a", "b")
    _answer(world, "run-b", "b")


def by_hand_and_a_rollout(world: World, _careful: bool) -> None:
    """Two people turn the same flag off by hand while it is being rolled out."""
    _serve(world, a=False)
    version = world.appconfig.create(_document(changes=["rollout"]))
    world.appconfig.start(version, by="person", minutes=30, bake_minutes=30)
    world.time_passes()
    world.by_hand("by-hand-1", "a")
    world.by_hand("by-hand-2", "a")


SCENARIOS = [
    Scenario("by hand beside an execution, and a release", by_hand_beside_an_execution, 3),
    Scenario("several by hand beside an execution", several_by_hand, 3),
    Scenario("two people by hand, and a rollout", by_hand_and_a_rollout, 2),
    Scenario("two flags", two_flags, 3),
    Scenario("two flags, and room for one", two_flags_and_room_for_one, 2),
    Scenario("a list of flags, and room for two", a_list_and_room_for_two, 3),
    Scenario("the same transition twice", same_transition_twice, 1),
    Scenario("two flags and a release", two_flags_and_a_release, 4),
    Scenario("the same transition twice and a release", same_transition_twice_and_a_release, 2),
    Scenario("a rollout in progress", rollout_in_progress, 3),
    Scenario("a rollout, and the same transition twice", rollout_and_the_same_transition_twice, 1),
    Scenario("a leftover and a release", leftover_of_a_dead_execution, 4),
    Scenario("a leftover and nobody else", leftover_and_nobody_else, 0),
    Scenario("a leftover with a restored flag", leftover_with_a_restored_flag, 1),
    Scenario("restored after the rollback", restored_after_the_rollback, 4),
    Scenario("restored before the duplicate", restored_before_the_duplicate, 2),
    Scenario("an experiment and a release", experiment_and_a_release, 2),
    Scenario("only an experiment, twice", only_the_experiment_twice, 0),
    Scenario("an experiment on a flag that is swept", experiment_of_a_swept_flag, 3),
    Scenario("a flag of two alarms", a_flag_of_two_alarms, 3),
    Scenario("a flag of two alarms and a release", a_flag_of_two_alarms_and_a_release, 4),
    Scenario("a flag of two alarms is restored", a_flag_of_two_alarms_is_restored, 4),
    Scenario("an experiment on the second flag of an alarm", an_experiment_on_the_second_flag, 2),
]


def _document(*, a: bool = True, b: bool = True, changes: list[str] | None = None) -> str:
    flags = {"a": {"enabled": a}, "b": {"enabled": b}, "c": {"enabled": True}}
    return json.dumps({"flags": flags, "changes": changes or []})


def _experiment(world: World, *, a: bool, of: str = "a") -> None:
    """Serve a document of feature flags, with an experiment's run on one of them and on c."""
    store = world.appconfig
    store.type = "AWS.AppConfig.FeatureFlags"
    values = {"a": {"enabled": a}, "b": {"enabled": True}, "c": {"enabled": True}}
    flags = {name: {"name": name} for name in values}
    document = {"version": "1", "flags": flags, "values": values}
    store.start(store.create(json.dumps(document)), by="person", minutes=0)
    store.advance()
    world.time_passes()
    world.appconfig_works()
    store.experiment("exp1", of)
    store.experiment("exp2", "c")


def _describe(document: Document) -> None:
    document["flags"]["c"]["description"] = "described"


def _serve(world: World, *, a: bool = True) -> None:
    world.appconfig.start(world.appconfig.create(_document(a=a)), by="person", minutes=0)
    world.appconfig.advance()
    world.time_passes()
    world.appconfig_works()


def _draft(world: World) -> None:
    world.appconfig.create(_document(changes=[DRAFT]))


def _leave(world: World, flag: str) -> None:
    """Leave a version behind, as an execution that is gone wrote it."""
    mark = Mark(1, alarm_of(flag), None, "2026-03-01T09:00:00.000Z", "gone", 1)
    world.appconfig.create(_document(a=flag != "a", b=flag != "b"), str(mark))


def _answer(world: World, name: str, *flags: str) -> None:
    world.answers(name, world.fires(*flags))


def _restore(world: World, flag: str, *, careful: bool) -> None:
    def turn_on(document: Document) -> None:
        document["flags"][flag] = {"enabled": True}
        document["changes"].append("restored")

    def is_off() -> bool:
        return not world.appconfig.flags(world.appconfig.serves())[flag]

    Person(world, "person", turn_on, careful=careful, begins_when=is_off)


def _mark(name: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["changes"].append(name)

    return change
