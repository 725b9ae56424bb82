"""The judge: each broken promise is seen, and only that one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from proofs.chaos.faults import FAULTS, throttled
from proofs.chaos.report import HEAD, WIDTH, as_table, complaints, page, rows
from proofs.chaos.verdict import Attempt, FaultyRun, Promise, violations

GREEN = Attempt(
    status="SUCCEEDED",
    error="",
    flag_on=False,
    versions=1,
    deployments=1,
    told="notice",
    told_off=True,
)
RED = Attempt(
    status="FAILED",
    error="RetryLaterError",
    flag_on=True,
    versions=0,
    deployments=0,
    told="notice",
    told_off=False,
)
FAULT = throttled(0.5, runs=1)


def run_of(first: Attempt, redriven: Attempt | None = None) -> FaultyRun:
    return FaultyRun(FAULT.name, 1, "arn", 3, first, redriven)


@pytest.mark.parametrize(
    "run",
    [
        run_of(GREEN),
        run_of(RED, GREEN),
        run_of(replace(RED, told="dead letter"), GREEN),
        run_of(replace(RED, flag_on=False, versions=1, deployments=1, told_off=True), GREEN),
    ],
)
def test_a_run_that_keeps_every_promise(run: FaultyRun) -> None:
    assert violations(run) == []


@pytest.mark.parametrize(
    ("run", "broken"),
    [
        (run_of(replace(GREEN, flag_on=True, told_off=False)), Promise.NEVER_GREEN_WITH_FLAG_ON),
        (run_of(replace(GREEN, deployments=2)), Promise.ONE_DEPLOYMENT),
        (run_of(replace(GREEN, versions=2)), Promise.ONE_VERSION),
        (run_of(replace(GREEN, told="nothing")), Promise.ALWAYS_TOLD),
        (run_of(replace(GREEN, told="dead letter")), Promise.ALWAYS_TOLD),
        (run_of(replace(RED, told="nothing"), GREEN), Promise.ALWAYS_TOLD),
        (run_of(replace(RED, told_off=True), GREEN), Promise.TRUTH),
        (run_of(replace(RED, status="RUNNING")), Promise.COMES_TO_AN_END),
        (run_of(RED, replace(GREEN, deployments=2)), Promise.ONE_DEPLOYMENT),
        (run_of(RED, RED), Promise.REDRIVE_FIXES),
    ],
)
def test_a_run_that_breaks_a_promise(run: FaultyRun, broken: Promise) -> None:
    assert [violation.promise for violation in violations(run)] == [broken]
    assert complaints([FAULT], [run]) == [str(violation) for violation in violations(run)]


def test_a_fault_that_strikes_nothing_shows_nothing() -> None:
    run = replace(run_of(GREEN), struck=0)
    assert complaints([FAULT], [run]) == [f"{FAULT.name}: struck no call"]


def test_a_row_counts_the_runs_of_its_fault() -> None:
    runs = [run_of(GREEN), run_of(RED, GREEN), run_of(replace(RED, told="nothing"), RED)]
    [row] = rows([FAULT], runs)
    assert dict(zip(HEAD, row, strict=True)) == {
        "fault": "50% of calls throttled",
        "runs": "3",
        "calls struck": "9",
        "green, flag off": "1",
        "red and announced": "1",
        "red, dead letter": "0",
        "redriven to green": "1",
        "green with flag on": "0",
        "second deployment": "0",
        "second version": "0",
        "lost notice": "1",
    }
    written = page([row], ["3 rollbacks."])
    assert "\n| 50% of calls throttled | 3 | 9 |" in written
    assert written.endswith("\n\n3 rollbacks.\n")


def test_the_table_shows_every_name_and_column_in_full() -> None:
    console = Console(width=WIDTH)
    with console.capture() as shown:
        console.print(as_table(rows(FAULTS, [])))
    words = set(shown.get().split())
    for text in (*HEAD, *(fault.name for fault in FAULTS)):
        assert set(text.split()) <= words, text


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
