"""What the storms have to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.benchmarks.bars import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from proofs.storms.ended import Ended

ENOUGH, SMALL = 1000, 10
_USUAL = 100


def bars(ended: Sequence[Ended]) -> list[Bar]:
    """Hold the storms with AppConfig's limits against their bars, the worst of each."""
    found = [each for each in ended if each.storm.cloudwatch == "unlimited"]
    at = {
        concurrency: [each for each in found if each.storm.concurrency == concurrency]
        for concurrency in (ENOUGH, SMALL)
    }
    small = [each for each in at[SMALL] if each.storm.size <= _USUAL]
    return [
        _worst("deployments, concurrency 1,000", at[ENOUGH], lambda e: e.deployments, 4),
        _worst("last flag off, concurrency 1,000", at[ENOUGH], lambda e: e.off_seconds, 10, "s"),
        _worst(
            "every outcome told, concurrency 1,000", at[ENOUGH], lambda e: e.told_seconds, 300, "s"
        ),
        _worst(
            "lists of AppConfig for each execution, 100 alarms and more, concurrency 1,000",
            [each for each in at[ENOUGH] if each.storm.size >= _USUAL],
            lambda e: e.lists_of_each,
            1,
        ),
        _worst(
            "lists of AppConfig for each execution, fewer alarms, concurrency 1,000",
            [each for each in at[ENOUGH] if each.storm.size < _USUAL],
            lambda e: e.lists_of_each,
            1,
        ),
        _worst(
            "last flag off, up to 100 alarms, concurrency 10",
            small,
            lambda e: e.off_seconds,
            60,
            "s",
        ),
        _worst("every outcome told, concurrency 10", at[SMALL], lambda e: e.told_seconds, 600, "s"),
        _worst(
            "executions and watches red, flags on, untold or told too early",
            found,
            lambda e: e.amiss,
            0,
        ),
        *_beside_the_usual(at[ENOUGH]),
    ]


def _worst(
    what: str, found: Sequence[Ended], of: Callable[[Ended], float], limit: float, unit: str = ""
) -> Bar:
    worst = max(found, key=of)
    return Bar(f"{what}: {worst.storm}", round(of(worst), 2), limit, unit)


def _beside_the_usual(found: Sequence[Ended]) -> list[Bar]:
    """Hold what larger storms need for each alarm against what a hundred alarms do."""
    by_names = [each for each in found if each.storm.by == "names"]
    usual = [each for each in by_names if each.storm.size == _USUAL]
    larger = [each for each in by_names if each.storm.size > _USUAL]
    kinds: list[tuple[str, Callable[[Ended], float]]] = [
        ("transitions", lambda e: e.transitions),
        ("invocations", lambda e: e.invocations),
    ]
    return [
        _worst(
            f"{what} for each alarm, beside 100 alarms", larger, of, round(max(map(of, usual)), 1)
        )
        for what, of in kinds
        if larger
    ]
