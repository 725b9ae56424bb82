"""What a scenario begins with: AppConfig as it serves flags, alarms that fire, and who acts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from appconfig_rollback.experiments import ExperimentRun
from appconfig_rollback.mark import Mark
from appconfig_rollback.times import iso
from tests.appconfig import LOCKS, AppConfig
from tests.interleavings.execution import Execution
from tests.interleavings.people import AppConfigWorks, Monitors, Releaser, Stopper
from tests.interleavings.place import ROLE
from tests.interleavings.world import CLOCK, MET, Fired, World, alarm_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.state import Monitor
    from tests.appconfig import Lock
    from tests.interleavings.actor import Actor

Document = dict[str, Any]

DRAFT = "draft"
MONITORS: list[Monitor] = [
    {"AlarmArn": f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}", "AlarmRoleArn": ROLE}
    for name in ("errors", "latency")
]


@dataclass
class Stage:
    """A world, and those who act in it; it is made by its methods, one after the other.

    `locks` are those that AppConfig has; `at_once` as in `Execution`.
    """

    locks: frozenset[Lock] = LOCKS
    at_once: bool = True
    actors: list[Actor] = field(default_factory=lambda: [AppConfigWorks()])
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(AppConfig(now=CLOCK.now, locks=self.locks))

    @property
    def appconfig(self) -> AppConfig:
        return self.world.appconfig

    @property
    def executions(self) -> list[Execution]:
        return [actor for actor in self.actors if isinstance(actor, Execution)]

    def serve(self, *, a: bool = True, b: bool = True) -> None:
        """Serve three flags for a day."""
        self.serve_text(document(a=a, b=b))

    def serve_text(self, content: str) -> None:
        """Serve a document for a day."""
        self._served(self.appconfig.create(content), "person", days=1)

    def serve_feature_flags(self, *, a: bool, experiment_on: str) -> None:
        """Serve them in AppConfig's own form, with a running experiment on one of them and on c."""
        store = self.appconfig
        store.type = "AWS.AppConfig.FeatureFlags"
        values = {"a": {"enabled": a}, "b": {"enabled": True}, "c": {"enabled": True}}
        flags = {name: {"name": name} for name in values}
        self.serve_text(json.dumps({"version": "1", "flags": flags, "values": values}))
        for definition, flag in (("exp1", experiment_on), ("exp2", "c")):
            store.on[definition] = flag
            store.runs.append(ExperimentRun(definition, "test", 1, running=True, shows_flag=True))

    def draft(self) -> None:
        """Let there be a version that nobody has deployed."""
        self.appconfig.create(document(changes=[DRAFT]))

    def roll_out(self, *, bake_minutes: float = 30, managed: bool = False) -> int:
        """Let a release be rolled out."""
        version = self.appconfig.create(document(changes=["rollout"]))
        started = MET - timedelta(minutes=1)
        by = "appconfig" if managed else "person"
        self.appconfig.put(
            2,
            "DEPLOYING",
            version,
            started_at=started,
            by=by,
            minutes=30,
            bake_minutes=bake_minutes,
            managed=managed,
        )
        return 2

    def undone_rollback(self, minutes: float) -> None:
        """Let somebody have undone a rollback of a and b by deploying the old version again."""
        fired = Fired(alarm_of("a"), ("a",), MET - timedelta(minutes=3 * minutes))
        self.world.firing += (fired,)
        mark = Mark(1, fired.alarm, None, iso(fired.at), "gone", 1)
        both_off = self.appconfig.create(document(a=False, b=False), str(mark))
        self._served(both_off, "gone", minutes=2 * minutes, description=str(mark))
        self._served(1, "person", minutes=minutes)

    def left_undone(self, fired: Fired) -> None:
        """Let an execution that is gone have turned a off because of a transition, and no more."""
        mark = Mark(1, fired.alarm, None, iso(fired.at), "gone", 1)
        found = json.loads(self.appconfig.versions[1])
        found["values"]["a"]["enabled"] = False
        version = self.appconfig.create(json.dumps(found), str(mark))
        self._served(version, "gone", description=str(mark), minutes=0)

    def leftover(self, flag: str) -> None:
        """Let there be a version that an execution wrote which is gone."""
        mark = Mark(1, alarm_of(flag), None, "2026-03-01T09:00:00.000Z", "gone", 1)
        self.appconfig.create(document(a=flag != "a", b=flag != "b"), str(mark))

    def monitor(self) -> None:
        """Let AppConfig watch an alarm that fires and another that may, and roll back by them."""
        firing, quiet = MONITORS
        self.appconfig.monitors = [*MONITORS]
        self.world.monitors_firing |= {firing["AlarmArn"]}
        self.world.monitors_quiet |= {quiet["AlarmArn"]}
        self.actors.append(Monitors())

    def fires(self, *flags: str) -> Fired:
        """Let the alarm of a flag go off, which is named after it; or that of several, tagged."""
        alarm = alarm_of(flags[0]) if len(flags) == 1 else f"errors of {' '.join(flags)}"
        fired = Fired(alarm, flags, MET)
        self.world.firing += (fired,)
        return fired

    def answers(self, *flags: str) -> None:
        """Let an alarm go off, and an execution answer it."""
        self.execution(f"run-{''.join(flags)}", self.fires(*flags))

    def execution(self, name: str, fired: Fired) -> None:
        self.actors.append(Execution(name, fired, at_once=self.at_once))

    def by_hand(self, name: str, *flags: str) -> None:
        """Let a person turn flags off by `flag-rollback off`."""
        fired = Fired(name, flags, MET)
        self.actors.append(Execution(name, fired, by_hand=True, at_once=self.at_once))

    def releases(
        self,
        change: Callable[[Document], None],
        *,
        careful: bool,
        begins_when: Callable[[World], bool] = lambda _: True,
    ) -> None:
        self.actors.append(Releaser("person", change, careful=careful, begins_when=begins_when))

    def restores(self, flag: str, *, careful: bool) -> None:
        """Let a person turn a flag on again once it is off."""

        def turn_on(document: Document) -> None:
            document["flags"][flag] = {"enabled": True}
            document["changes"].append("restored")

        def is_off(world: World) -> bool:
            store = world.appconfig
            return not store.flags(store.serves())[flag]

        self.releases(turn_on, careful=careful, begins_when=is_off)

    def stops(self, number: int) -> None:
        """Let a person stop a deployment, or leave it."""
        self.actors.append(Stopper("stopper", number))

    def limit(self, flags: int) -> None:
        """Let alarms turn off no more flags in an hour."""
        self.settings["MAX_FLAGS_PER_HOUR"] = str(flags)

    def _served(self, version: int, by: str, description: str = "", **ago: float) -> None:
        number = max(self.appconfig.deployments, default=0) + 1
        at = MET - timedelta(**ago)
        self.appconfig.put(
            number, "COMPLETE", version, by=by, description=description, minutes=0, started_at=at
        )


def document(*, a: bool = True, b: bool = True, changes: list[str] | None = None) -> str:
    flags = {"a": {"enabled": a}, "b": {"enabled": b}, "c": {"enabled": True}}
    return json.dumps({"flags": flags, "changes": changes or []})


def add(name: str) -> Callable[[Document], None]:
    """Change a document by a line."""

    def change(found: Document) -> None:
        found["changes"].append(name)

    return change


def describe(found: Document) -> None:
    """Change a document of feature flags by a description."""
    found["flags"]["c"]["description"] = "described"


def turn_on_a(found: Document) -> None:
    """Turn flag a on in a document of feature flags."""
    found["values"]["a"] = {"enabled": True}
