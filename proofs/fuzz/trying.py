"""Tries a target for a while, by Hypothesis and, where it is installed, by atheris."""

from __future__ import annotations

import importlib.util
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, seed, settings

from proofs.fuzz.inputs import STRATEGIES, samples_of
from proofs.fuzz.process import run

if TYPE_CHECKING:
    from proofs.fuzz.targets import Target

#: After so many examples Hypothesis is given another seed, and the clock is looked at.
_AT_ONCE = 500
#: How long libFuzzer may take to begin and to end beyond its time, in seconds.
_GRACE = 300


@dataclass(frozen=True)
class Tried:
    """What came of trying: how many examples by what, in how many seconds, and what was found.

    `covered` is how many branches atheris reached; None where it is not known.
    """

    target: str
    by: str
    examples: int
    seconds: float
    found: list[str]
    covered: int | None = None


def has_atheris() -> bool:
    """Whether atheris is installed; it has no wheels for every system and Python."""
    return importlib.util.find_spec("atheris") is not None


def by_hypothesis(target: Target, seconds: float, most: int | None = None) -> Tried:
    """Try samples and generated inputs, the same each time, for a while or until so many.

    The first finding ends it: others are often the same.
    """
    began, count, found = time.monotonic(), 0, []

    def tried(data: bytes) -> None:
        nonlocal count
        count += 1
        target.run(data)

    at_once = min(_AT_ONCE, most or _AT_ONCE)
    plain = settings(
        max_examples=at_once,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        for sample in samples_of(target.name):
            tried(sample)
        number = 0
        while time.monotonic() - began < seconds and (most is None or count < most):
            seed(number)(plain(given(STRATEGIES[target.name])(tried)))()
            number += 1
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        notes = " ".join(getattr(error, "__notes__", []))
        found.append(f"{type(error).__name__}: {error} {notes}".strip())
    return Tried(target.name, "Hypothesis", count, time.monotonic() - began, found)


def by_atheris(target: Target, seconds: float) -> Tried:
    """Try inputs that are guided by the code that they reach, in a process of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        words = (target.name, f"{seconds:.0f}", str(corpus))
        done = run("guided", *words, seconds=seconds + _GRACE)
        kept = [path.read_bytes() for path in sorted(Path(folder).glob("corpus-*"))]
    told = done.stderr.decode(errors="replace")
    units = re.findall(r"number_of_executed_units: (\d+)", told)
    cover = re.findall(r"\bcov: (\d+)", told)
    found = [_said(told, data) for data in kept]
    if done.returncode and not found:
        found.append(f"exit code {done.returncode}: {told[-500:]}")
    return Tried(
        target.name,
        "atheris",
        int(units[-1]) if units else 0,
        time.monotonic() - began,
        found,
        int(cover[-1]) if cover else None,
    )


def _said(told: str, data: bytes) -> str:
    error = re.search(r"=== Uncaught Python exception: ===\n(.*)", told)
    return f"{error[1] if error else 'no time or memory left'}, of {data[:300]!r}"
