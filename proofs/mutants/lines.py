"""Which lines and branches the tests of `make test-fast` run, by coverage.py."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.cloud import REPOSITORY

_LONGEST_SECONDS = 900
SOURCES = ("functions", "flag_rollback")


@dataclass(frozen=True)
class Covered:
    """How much of a file, or of several, was run."""

    lines: int
    lines_run: int
    branches: int
    branches_taken: int

    def __add__(self, other: Covered) -> Covered:
        return Covered(
            self.lines + other.lines,
            self.lines_run + other.lines_run,
            self.branches + other.branches,
            self.branches_taken + other.branches_taken,
        )


def covered() -> dict[str, Covered]:
    """Run the tests under coverage.py: what they ran, by a file's path.

    Raises:
        CalledProcessError: a test failed.
    """
    with TemporaryDirectory() as folder:
        data, report = Path(folder, "coverage"), Path(folder, "report.json")
        of = [f"--data-file={data}"]
        _coverage("run", *of, "--branch", f"--source={','.join(SOURCES)}", "-m", "pytest", "--fast")
        _coverage("json", *of, "-q", "-o", str(report))
        files = json.loads(report.read_text("utf-8"))["files"]
    return {
        path: Covered(
            said["num_statements"],
            said["covered_lines"],
            said["num_branches"],
            said["covered_branches"],
        )
        for path, said in sorted((path, each["summary"]) for path, each in files.items())
    }


def _coverage(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "coverage", *words],
        cwd=REPOSITORY,
        check=True,
        stdout=sys.stderr,
        timeout=_LONGEST_SECONDS,
    )
