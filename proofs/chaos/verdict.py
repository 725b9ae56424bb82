"""What a run under a fault must keep, and what it broke."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

#: How people learn of an end: by its notice, or else by the failure that waits in the dead-letter
#: queue, whose alarm fires.
Told = Literal["notice", "dead letter", "nothing"]


class Promise(Enum):
    """A promise of the rollback; the value says how it is broken."""

    NEVER_GREEN_WITH_FLAG_ON = "green with flag on"
    ONE_DEPLOYMENT = "second deployment"
    ONE_VERSION = "second version"
    ALWAYS_TOLD = "lost notice"
    TRUTH = "notice says off, flag on"
    REDRIVE_FIXES = "redrive did not fix it"
    COMES_TO_AN_END = "did not end"


@dataclass(frozen=True)
class Attempt:
    """How things stood after an execution had ended, or its redrive had.

    `versions` and `deployments` count those that came since the alarm fired, so in the redrive
    those of the first attempt as well. `status` is RUNNING where the deadline came first. `told`
    says how the end was told, `told_off` whether the notice says that the flag is off.
    """

    status: str
    error: str
    flag_on: bool
    versions: int
    deployments: int
    told: Told
    told_off: bool

    @property
    def green(self) -> bool:
        """Return whether the execution succeeded."""
        return self.status == "SUCCEEDED"

    @property
    def running(self) -> bool:
        """Return whether it had not ended by its deadline."""
        return self.status == "RUNNING"


@dataclass(frozen=True)
class FaultyRun:
    """One alarm under a fault; `redriven` is there where the first attempt was red."""

    fault: str
    seed: int
    execution: str
    struck: int
    first: Attempt
    redriven: Attempt | None = None


@dataclass(frozen=True)
class Violation:
    """A promise that a run broke."""

    promise: Promise
    run: FaultyRun
    details: str

    def __str__(self) -> str:
        run = self.run
        return (
            f"{self.promise.value}: {run.fault}, seed {run.seed}, {run.execution}: {self.details}"
        )


def violations(run: FaultyRun) -> list[Violation]:
    """Judge a run."""
    attempts = [run.first, run.redriven] if run.redriven else [run.first]
    broken = {promise: told for attempt in attempts for promise, told in _broken(attempt)}
    if run.redriven and not run.redriven.green and not run.redriven.running:
        broken[Promise.REDRIVE_FIXES] = f"{run.redriven.status} {run.redriven.error}"
    return [Violation(promise, run, details) for promise, details in broken.items()]


def _broken(attempt: Attempt) -> list[tuple[Promise, str]]:
    ended = f"{attempt.status} {attempt.error}".strip()
    if attempt.running:
        return [(Promise.COMES_TO_AN_END, "it had not ended by the deadline")]
    checks = {
        Promise.NEVER_GREEN_WITH_FLAG_ON: (
            not (attempt.green and attempt.flag_on),
            f"{ended}, and what is served has the flag on",
        ),
        Promise.ONE_DEPLOYMENT: (
            attempt.deployments <= 1,
            f"{attempt.deployments} deployments for one alarm",
        ),
        Promise.ONE_VERSION: (attempt.versions <= 1, f"{attempt.versions} versions for one alarm"),
        Promise.ALWAYS_TOLD: (
            attempt.told == "notice" or (attempt.told == "dead letter" and not attempt.green),
            f"{ended}, and nobody was told so",
        ),
        Promise.TRUTH: (
            not (attempt.told_off and attempt.flag_on),
            f"{ended}, its notice says the flag is off, and what is served has it on",
        ),
    }
    return [(promise, details) for promise, (kept, details) in checks.items() if not kept]
