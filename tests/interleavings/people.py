"""Those who act beside the executions: people, AppConfig itself, and its monitors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.interleavings.actor import Fault, Move

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from tests.appconfig import Deployment
    from tests.interleavings.world import World

Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class _Releasing:
    """How far a person is: what is to be written, then deployed, and on top of what."""

    doing: str = "read"
    content: str = ""
    version: int = 0
    latest_version: int = 0
    latest_deployment: int = 0


class Releaser:
    """Reads what is served, changes it, writes a version and deploys it.

    A careful one reads while nothing is in progress, goes by the locks that AppConfig offers, and
    begins again where somebody was faster; the other one deploys what was once written as soon as
    there is room.
    """

    background = False

    def __init__(
        self,
        name: str,
        change: Change,
        *,
        careful: bool,
        begins_when: Callable[[World], bool] = lambda _: True,
    ) -> None:
        self.name = name
        self._change = change
        self._careful = careful
        self._begins_when = begins_when

    def begin(self) -> _Releasing:
        return _Releasing()

    def is_over(self, local: Hashable) -> bool:
        return local == _Releasing("over")

    def moves(self, local: Hashable, world: World, fault: Fault) -> Iterator[Move]:
        assert isinstance(local, _Releasing)
        store = world.appconfig
        if local.doing == "read" and (local.content or self._begins_when(world)):
            if self._careful and store.in_progress():
                return
            document = store.document(store.serves())
            self._change(document)
            locks = max(store.versions), max(store.deployments)
            yield Move(
                "reads what is served",
                _Releasing("write", json.dumps(document), 0, *locks),
                world,
                fault,
            )
        elif local.doing == "write":
            changed = world.copied()
            latest = local.latest_version if self._careful else None
            try:
                version = changed.appconfig.create(local.content, latest=latest)
            except ClientError:
                yield Move("begins again", _Releasing(content="again"), world, fault)
                return
            then = _Releasing("deploy", "", version, 0, local.latest_deployment)
            yield Move("writes a version", then, changed, fault)
        elif local.doing == "deploy":
            changed = world.copied()
            latest = local.latest_deployment if self._careful else None
            try:
                changed.appconfig.start(local.version, by=self.name, minutes=0, latest=latest)
            except ClientError:
                if self._careful:
                    yield Move("begins again", _Releasing(content="again"), world, fault)
                return  # there is no room
            yield Move("deploys it", _Releasing("over"), changed, fault)


class Stopper:
    """Stops a deployment while it is in progress, or leaves it."""

    background = True

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self._number = number

    def begin(self) -> bool:
        return False

    def is_over(self, local: Hashable) -> bool:
        return bool(local)

    def moves(self, local: Hashable, world: World, fault: Fault) -> Iterator[Move]:
        found = world.appconfig.deployments[self._number]
        if local or found.state not in ("DEPLOYING", "BAKING"):
            return
        changed = world.copied()
        changed.appconfig.stop(self._number, self.name, allow_revert=found.state == "BAKING")
        yield Move("stops the rollout", local=True, world=changed, fault=fault)


class _Always:
    """Somebody who acts for as long as others do, and remembers nothing."""

    background = True

    def begin(self) -> None:
        return None

    def is_over(self, local: Hashable) -> bool:  # noqa: ARG002
        return False


class AppConfigWorks(_Always):
    """AppConfig's own progress: one phase at each of its moves."""

    name = "appconfig"

    def moves(self, local: Hashable, world: World, fault: Fault) -> Iterator[Move]:
        if world.appconfig.in_progress() is None:
            return
        changed = world.copied()
        changed.appconfig.advance()
        yield Move("goes on", local, changed, fault)


class Monitors(_Always):
    """AppConfig rolls back what is in progress while a monitor of the environment fires.

    Those that are quiet may fire at any moment.
    """

    name = "monitors"

    def moves(self, local: Hashable, world: World, fault: Fault) -> Iterator[Move]:
        for arn in world.monitors_quiet:
            changed = world.copied()
            changed.monitors_quiet -= {arn}
            changed.monitors_firing |= {arn}
            yield Move("another one fires", local, changed, fault)
        watched = {monitor["AlarmArn"] for monitor in world.appconfig.monitors}
        found: Deployment | None = world.appconfig.in_progress()
        if found is None or found.state == "ROLLING_BACK" or not watched & world.monitors_firing:
            return
        changed = world.copied()
        undone = changed.appconfig.deployments[found.number]
        undone.state, undone.undone_by, undone.went_out = "ROLLING_BACK", "CLOUDWATCH_ALARM", True
        yield Move("roll it back", local, changed, fault)
