"""`make fuzz`: bytes that nobody meant, for whatever reads others' input."""

from __future__ import annotations

import argparse
import importlib.util
import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime

from local.cloud import REPOSITORY
from proofs.fuzz.hurting import Hurt, measure
from proofs.fuzz.mutating import try_for
from proofs.fuzz.targets import TARGETS, surroundings

PAGE = REPOSITORY / "docs" / "proof" / "hostile.md"
_TRIED = re.compile(r"number_of_executed_units: (\d+)")
#: A command line makes clients of the SDK, in which atheris would lose itself.
_UNGUIDED = ("the command line",)


@dataclass(frozen=True)
class Fuzzed:
    """How many examples of a target were tried, by whom, and what broke it."""

    target: str
    by: str
    tried: int
    found: str


def main() -> int:
    """Fuzz every target; gives 1 where one broke."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for each target (default 10)")
    parser.add_argument("--only", default="", metavar="TEXT", help="targets with TEXT in the name")
    asked = parser.parse_args()
    chosen = [name for name in TARGETS if asked.only in name]
    if not chosen:
        parser.error(f"expected a part of a target's name; there are: {', '.join(TARGETS)}")
    guided = importlib.util.find_spec("atheris") is not None
    print(
        f"{len(chosen)} targets, {asked.minutes:g} min each: {asked.minutes * len(chosen):g} min."
    )
    if not guided:
        print("atheris is not installed, so Hypothesis is on its own.")
    fuzzed = []
    for name in chosen:
        both = guided and name not in _UNGUIDED
        seconds = asked.minutes * 60 / (2 if both else 1)
        for found in [
            _by_hypothesis(name, seconds),
            *([_by_atheris(name, seconds)] if both else []),
        ]:
            print(f"{found.target}: {found.tried} by {found.by}. {found.found}", flush=True)
            fuzzed.append(found)
    broken = [each for each in fuzzed if each.found != "nothing"]
    if not asked.only:
        print("Measuring documents that are made to hurt ...", flush=True)
        PAGE.write_text(_page(fuzzed, list(measure()), asked.minutes), "utf-8")
        print(f"Wrote {PAGE.relative_to(REPOSITORY)}")
    return 1 if broken else 0


def _by_hypothesis(name: str, seconds: float) -> Fuzzed:
    target, seeds = TARGETS[name]
    tried, found = 0, "nothing"
    with surroundings():
        try:
            tried = try_for(target, seeds, seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is found
            notes = " ".join(getattr(error, "__notes__", []))
            found = f"{type(error).__name__}: {error} {notes}"
    return Fuzzed(name, "Hypothesis", tried, found)


def _by_atheris(name: str, seconds: float) -> Fuzzed:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "proofs.fuzz.guided", name, f"{seconds:.0f}", folder],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=seconds * 2 + 120,
            check=False,
        )
    counted = _TRIED.search(done.stderr)
    found = "nothing" if done.returncode == 0 else done.stderr.strip()[-1500:]
    return Fuzzed(name, "atheris", int(counted[1]) if counted else 0, found)


def _page(fuzzed: list[Fuzzed], hurts: list[Hurt], minutes: float) -> str:
    """Write the page."""
    lines = [
        "# Hostile input",
        "",
        f"Written by `make fuzz`: {datetime.now(UTC):%Y-%m-%d}, Python "
        f"{platform.python_version()}, {minutes:g} min for each target. What is held by tests: "
        "[threats.md](../threats.md).",
        "",
        "## Bytes that nobody meant",
        "",
        "Hypothesis cuts and splices samples; atheris looks for input that reaches new code. Each "
        "target takes the bytes, or refuses them by a named error, and what it asserts is in "
        "`proofs/fuzz/targets.py`.",
        "",
        "| target | by | examples | broke by |",
        "| --- | --- | ---: | --- |",
        *(f"| {e.target} | {e.by} | {e.tried:,} | {_cell(e.found)} |" for e in fuzzed),
        "",
        "## Documents that are made to hurt",
        "",
        "A flag is turned off in a document of two megabytes, the most that AppConfig holds.",
        "",
        "| document | bytes | seconds | memory, times its size | what came of it |",
        "| --- | ---: | ---: | ---: | --- |",
        *(
            f"| {h.what} | {h.size:,} | {h.seconds:.2f} | {h.memory / h.size:.1f} | {h.said} |"
            for h in hurts
        ),
        "",
    ]
    return "\n".join(lines)


def _cell(found: str) -> str:
    return " ".join(found.replace("|", "\\|").split())[:300]


if __name__ == "__main__":
    sys.exit(main())
