"""Runs every fault as often as it asks for, in several places at once."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from queue import SimpleQueue
from typing import TYPE_CHECKING

from proofs.chaos.arena import Arena, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofs.chaos.faults import Fault
    from proofs.chaos.verdict import FaultyRun


def measure(faults: Sequence[Fault], places_each: int) -> Iterator[FaultyRun]:
    """Give the runs as they end. Each pace of waiting has a cloud of its own, with some places."""
    paces = sorted({fault.wait_scale for fault in faults})
    with ExitStack() as stack:
        runs: list[Future[FaultyRun]] = []
        for pace in paces:
            pool = stack.enter_context(ThreadPoolExecutor(places_each))
            free: SimpleQueue[Arena] = SimpleQueue()
            for place in stack.enter_context(places(places_each, pace)):
                free.put(place)
            runs += [
                pool.submit(_run, free, fault, seed)
                for fault in faults
                if fault.wait_scale == pace
                for seed in range(1, fault.runs + 1)
            ]
        for run in as_completed(runs):
            yield run.result()


def _run(free: SimpleQueue[Arena], fault: Fault, seed: int) -> FaultyRun:
    place = free.get()
    try:
        return place.run(fault, seed)
    finally:
        free.put(place)
