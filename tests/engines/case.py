"""What a case of the table is, and what a difference between an engine and AWS is.

A trail lists the states in the order in which they are entered; `State!Error` is a try of a state
that failed, and REDRIVEN the moment at which a person redrove the execution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

EngineName = Literal["embedded cloud", "moto", "Step Functions Local"]

REDRIVEN = "(redriven)"


@dataclass(frozen=True)
class Case:
    """A case of the table: its trail, and how it ends."""

    name: str
    trail: tuple[str, ...]
    output: dict[str, Any] | None = None  # of a run that succeeds
    error: str | None = None  # of a run that fails; its status is FAILED
    cause: str | None = None  # as a person reads it
    keeps: dict[str, Any] = field(
        default_factory=dict
    )  # in the last state's data; None for nothing
    twin: str | None = None  # the same case, AwaitRedrive's answer mocked instead of a redrive

    @property
    def redrives(self) -> int:
        return self.trail.count(REDRIVEN)

    @property
    def status(self) -> str:
        return "SUCCEEDED" if self.error is None else "FAILED"


@dataclass(frozen=True)
class Difference:
    """Something that an engine does otherwise than AWS."""

    engine: EngineName
    what: Literal["redrive", "names of Lambda's own errors"]
    engine_does: str
    aws_does: str
    decided_by: str
    seen: bool = True  # False: believed, for want of the engine
