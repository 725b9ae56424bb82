"""What the storms have to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.benchmarks.bars import Bar
from proofs.storms.aws import DESCRIBE_ALARMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from proofs.storms.ended import Ended

ENOUGH, SMALL = 1000, 10
_USUAL = 100
_MOST_OFF_SECONDS, _MOST_TOLD_SECONDS = 10, 300


def bars(ended: Sequence[Ended]) -> list[Bar]:
    """Hold the storms against their bars, the worst of each.

    Those with the guessed limit of ListTagsForResource have none.
    """
    usual = [each for each in ended if each.storm.cloudwatch == "unlimited"]
    limited = [each for each in ended if each.storm.cloudwatch == "alarms"]
    at = {
        concurrency: [each for each in usual if each.storm.concurrency == concurrency]
        for concurrency in (ENOUGH, SMALL)
    }
    return [
        *_of_enough(at[ENOUGH]),
        *_of_limited(limited),
        _worst(
            "last flag off, up to 100 alarms, concurrency 10",
            [each for each in at[SMALL] if each.storm.size <= _USUAL],
            lambda e: e.off_seconds,
            60,
            "s",
        ),
        _worst("every outcome told, concurrency 10", at[SMALL], lambda e: e.told_seconds, 600, "s"),
        _worst(
            "executions and watches red, flags on, untold or told too early",
            [*usual, *limited],
            lambda e: e.amiss,
            0,
        ),
        *_beside_the_usual(at[ENOUGH]),
        *_beside_the_usual(at[SMALL]),
    ]


def _of_enough(found: Sequence[Ended]) -> list[Bar]:
    return [
        _worst("deployments, concurrency 1,000", found, lambda e: e.deployments, 4),
        _worst(
            "last flag off, concurrency 1,000",
            found,
            lambda e: e.off_seconds,
            _MOST_OFF_SECONDS,
            "s",
        ),
        _worst(
            "every outcome told, concurrency 1,000",
            found,
            lambda e: e.told_seconds,
            _MOST_TOLD_SECONDS,
            "s",
        ),
        _worst(
            "lists of AppConfig, the mean of executions, 100 alarms and more, concurrency 1,000",
            [each for each in found if each.storm.size >= _USUAL],
            lambda e: e.lists_of_each,
            1,
        ),
        _worst(
            "lists of AppConfig, the mean of executions, fewer alarms, concurrency 1,000",
            [each for each in found if each.storm.size < _USUAL],
            lambda e: e.lists_of_each,
            1,
        ),
        _worst(
            "lists of AppConfig, the most of any execution, concurrency 1,000",
            found,
            lambda e: max(e.lists),
            1,
        ),
    ]


def _of_limited(found: Sequence[Ended]) -> list[Bar]:
    """Hold those with CloudWatch's documented limit against what holds without it."""
    under = f"{DESCRIBE_ALARMS} DescribeAlarms a second, concurrency 1,000"
    return [
        _worst(f"last flag off, {under}", found, lambda e: e.off_seconds, _MOST_OFF_SECONDS, "s"),
        _worst(
            f"every outcome told, {under}", found, lambda e: e.told_seconds, _MOST_TOLD_SECONDS, "s"
        ),
    ]


def _worst(
    what: str, found: Sequence[Ended], of: Callable[[Ended], float], limit: float, unit: str = ""
) -> Bar:
    """Take the worst storm; of those that tie, the largest."""
    worst = max(found, key=lambda each: (of(each), each.storm.size))
    return Bar(f"{what}: {worst.storm}", round(of(worst), 2), limit, unit)


def _beside_the_usual(found: Sequence[Ended]) -> Iterator[Bar]:
    """Hold what each alarm of other storms needs against the most that it needs of a hundred.

    All storms have the same concurrency.
    """
    usual = [each for each in found if each.storm.by == "names" and each.storm.size == _USUAL]
    others = {
        "more alarms": [each for each in found if each.storm.size > _USUAL],
        "100 series": [each for each in found if each.storm.by == "series"],
    }
    kinds: list[tuple[str, Callable[[Ended], float]]] = [
        ("transitions", lambda e: e.transitions),
        ("invocations", lambda e: e.invocations),
    ]
    for what, of in kinds:
        for name, storms in others.items():
            concurrency = f"{storms[0].storm.concurrency:,}"
            yield _worst(
                f"{what} for each alarm, {name} beside 100 alarms, concurrency {concurrency}",
                storms,
                of,
                round(max(map(of, usual)), 2),
            )
