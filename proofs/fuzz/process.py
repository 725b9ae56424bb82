"""Runs a module of this proof in a process of its own, with this repository's code."""

from __future__ import annotations

import os
import subprocess
import sys

from local.cloud import REPOSITORY

_PATH = os.pathsep.join([str(REPOSITORY / "functions"), str(REPOSITORY)])


def run(module: str, *words: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run it to its end.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was ended.
    """
    return subprocess.run(
        [sys.executable, "-m", f"proofs.fuzz.{module}", *words],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": _PATH},
        capture_output=True,
        timeout=seconds,
        check=False,
    )
