"""People who release a document of their own while the rollback is at work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.interleavings.world import World

Change = Callable[[dict[str, Any]], None]


class Person:
    """Reads what is served, changes it, writes a version and deploys it.

    A careful one goes by the locks that AppConfig offers, and begins again where somebody was
    faster; the other one deploys what was once written as soon as there is room.
    """

    def __init__(
        self,
        world: World,
        name: str,
        change: Change,
        *,
        careful: bool,
        begins_when: Callable[[], bool] = lambda: True,
    ) -> None:
        self._world = world
        self._change = change
        self._name = name
        self._careful = careful
        self._begun = False
        world.scheduler.add(name, self._release, ready=lambda: self._begun or begins_when())

    def _release(self) -> None:
        self._begun = True
        while not self._released():
            self._world.scheduler.pause("begin again")

    def _released(self) -> bool:
        store, pause = self._world.appconfig, self._world.scheduler.pause
        pause("read what is served")
        latest_version, latest_deployment = max(store.versions), max(store.deployments)
        document = store.document(store.serves())
        self._change(document)
        content = json.dumps(document)
        pause("write a version")
        try:
            version = store.create(content, latest=latest_version if self._careful else None)
        except ClientError:
            return False
        while True:
            pause("deploy")
            try:
                latest = latest_deployment if self._careful else None
                store.start(version, by=self._name, minutes=0, latest=latest)
            except ClientError:
                if self._careful:
                    return False
                continue
            return True
