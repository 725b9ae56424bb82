"""A client that reads a flag again and again while a rollback runs, as the demo shows it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table

from local.demo_flags import flags_in, read_as_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flag_rollback.execution.visits import Visit
    from local.cloud import EmbeddedCloud
    from local.demo_flags import DemoFlags

_SECONDS_BETWEEN = 0.1


class NotAsPromisedError(RuntimeError):
    """A client read something else than what a rollback promises."""


@dataclass(frozen=True)
class Reading:
    """What a client got of the flag, somewhere between two moments."""

    asked: datetime
    answered: datetime
    on: bool


class DemoClient:
    """Reads a flag in a thread of its own, as long as a ``with`` block lasts."""

    def __init__(self, cloud: EmbeddedCloud, flags: DemoFlags, flag: str) -> None:
        self.readings: list[Reading] = []
        self._cloud, self._flags, self._flag = cloud, flags, flag
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_reading)

    def __enter__(self) -> DemoClient:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def told_beside(self, visits: Sequence[Visit]) -> Table:
        """Lay out what it read beside what the rollback did.

        Raises:
            NotAsPromisedError: as `milestones`.
        """
        found = milestones(visits, self.readings)
        title = f"What a client read of {self._flag} meanwhile, {len(self.readings)} times"
        table = Table("after", "what the rollback did", "the client reads", title=title)
        table.title_justify, table.title_style = "left", "bold"
        for milestone in found:
            seconds = (milestone.at - found[0].at).total_seconds()
            reads = "on" if milestone.reading.on else "[bold yellow]OFF[/]"
            table.add_row(f"{seconds:.2f} s", milestone.what, reads)
        return table

    def _keep_reading(self) -> None:
        """Read until it is over, and then once more."""
        over = False
        while not over:
            over = self._over.wait(_SECONDS_BETWEEN)
            asked = datetime.now(UTC)
            flags = flags_in(read_as_client(self._cloud, self._flags))
            on = bool(flags[self._flag]["enabled"])
            self.readings.append(Reading(asked, datetime.now(UTC), on))


@dataclass(frozen=True)
class Milestone:
    """Something that the rollback did, and what the client read next."""

    what: str
    at: datetime
    reading: Reading


def milestones(visits: Sequence[Visit], readings: Sequence[Reading]) -> list[Milestone]:
    """Hold what a client read against what a rollback that stops an experiment did.

    Raises:
        NotAsPromisedError: the flag was not on for the client until the experiment was stopped, or
            not off from then on.
    """
    begun = _visit(visits, "Begin").entered
    off_in_served = _left(_visit(visits, "CheckDeployment"))
    stop = _visit(visits, "StopExperiment")
    stopping, stopped = stop.entered, _left(stop)
    until = [each for each in readings if each.answered <= stopping]
    between = [each for each in until if each.asked >= off_in_served]
    after = [each for each in readings if each.asked >= stopped]
    if not between or not all(each.on for each in until):
        raise NotAsPromisedError("a client did not read the flag as on until its run was stopped")
    if not after or any(each.on for each in after):
        raise NotAsPromisedError("a client read the flag as on after its run was stopped")
    first = next(each for each in until if each.answered >= begun)
    return [
        Milestone("Begin: the alarm went to ALARM", begun, first),
        Milestone("CheckDeployment: off in what is deployed", off_in_served, between[0]),
        Milestone("StopExperiment: the experiment is stopped", stopped, after[0]),
    ]


def _visit(visits: Sequence[Visit], state: str) -> Visit:
    found = next((visit for visit in visits if visit.state == state), None)
    if found is None:
        raise NotAsPromisedError(f"the execution did not come to {state}")
    return found


def _left(visit: Visit) -> datetime:
    if visit.left is None:
        raise NotAsPromisedError(f"the execution did not leave {visit.state}")
    return visit.left
