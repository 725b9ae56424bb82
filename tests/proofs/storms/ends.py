"""Ends of storms that were not blown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from proofs.benchmarks.prices import Usage
from proofs.storms.bars import ENOUGH, SMALL
from proofs.storms.ended import Ended, Storm


def end(size: int = 100, concurrency: int = ENOUGH, **told: Any) -> Ended:
    """A storm in which all went well; `told` are fields of it or of how it ended."""
    storm = Storm(size, concurrency)
    about = {key: told.pop(key) for key in ("by", "cloudwatch", "seed") if key in told}
    ended = Ended(
        storm=replace(storm, **about),
        deployments=1,
        versions=2,
        off_seconds=2.0,
        told_seconds=20.0,
        still_on=[],
        untold=[],
        told_early=[],
        red=[],
        lists=[1],
        throttled=Counter(),
        transitions=10.0,
        invocations=8.0,
        tries=6.0,
        throttled_invocations=0,
        watches=Counter(begun=1),
        watch_invocations=12,
        slowest_off_seconds=2.5,
        usage=Usage(20, 6000, 1769, 44, ()),
    )
    return replace(ended, **told)


def all_kinds(*others: Ended) -> list[Ended]:
    """One storm of each kind that a bar needs, and others."""
    found = [
        end(size, concurrency, by=by)
        for concurrency in (ENOUGH, SMALL)
        for size, by in ((1, "names"), (100, "names"), (1000, "names"), (100, "series"))
    ]
    limited = [end(size, cloudwatch="alarms") for size in (100, 1000)]
    return [*found, *limited, end(100, cloudwatch="tags"), *others]
