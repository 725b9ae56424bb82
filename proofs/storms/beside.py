"""One storm twice: on the embedded cloud, and simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.cloud import EmbeddedCloud
from proofs.benchmarks.alarm_storm import Storm as EmbeddedStorm
from proofs.benchmarks.tables import Table
from proofs.storms.ended import Storm
from proofs.storms.storm import INVOCATION_SECONDS, blow

if TYPE_CHECKING:
    from proofs.benchmarks.alarm_storm import Ended as EmbeddedEnded
    from proofs.storms.ended import Ended

SIZE, _ENOUGH = 10, 1000


def blow_both() -> Table:
    """Blow it on an embedded cloud of its own and simulated, and lay both out."""
    with EmbeddedCloud(
        functions="in-process", invocation_seconds=INVOCATION_SECONDS, limits=True
    ) as cloud:
        EmbeddedStorm.brew(cloud, "warming-up", 1).blow()
        embedded = EmbeddedStorm.brew(cloud, "beside", SIZE).blow()
    return _table(embedded, blow(Storm(SIZE, _ENOUGH)))


def _table(embedded: EmbeddedEnded, simulated: Ended) -> Table:
    rows = (
        ("deployments", f"{embedded.deployments}", f"{simulated.deployments}"),
        ("versions", f"{embedded.versions}", f"{simulated.versions}"),
        (
            "transitions for each alarm",
            f"{embedded.transitions_per_rollback:.1f}",
            f"{simulated.transitions:.1f}",
        ),
        (
            "invocations of steps for each alarm",
            f"{embedded.invocations_per_rollback:.1f}",
            f"{simulated.tries:.1f}",
        ),
    )
    note = (
        "The embedded cloud's alarms fire as fast as they can be set, and its deployments are "
        "complete as soon as somebody looks; simulated, both take a second."
    )
    return Table(
        f"The same storm of {SIZE} alarms on the embedded cloud",
        ("", "embedded cloud", "simulated"),
        rows,
        note,
    )
