"""`make test-busy`: pytest, while every processor has something else to do.

A test that needs a race to be won by the clock fails here sooner or later.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Spins until its parent is gone, however that ended.
_SPIN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"


@contextmanager
def spinning() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Keep every processor busy as long as the block runs, or this process lives."""
    command = [sys.executable, "-c", _SPIN, str(os.getpid())]
    loops = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield loops
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def main() -> None:
    """Run pytest with the arguments that are given; exits as it does."""
    with spinning():
        code = subprocess.call([sys.executable, "-m", "pytest", *sys.argv[1:]])
    sys.exit(code)


if __name__ == "__main__":
    main()
