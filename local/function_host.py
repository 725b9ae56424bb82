"""Starts one function under AWS's own runtime client, on this machine's Python.

The bootstrap file of a deployment package runs it as `function_host.py <scale> <handler>`. What
shortens the waits of Step Functions shortens the functions' own pauses (retries, repeated looks)
as well, so that tests see the same course of events, sooner.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path


def main() -> None:
    """Become the runtime client."""
    _, scale, handler = sys.argv
    sys.path[0] = str(Path.cwd())  # the function's code, not this file's folder
    if float(scale) != 1.0:
        sleep = time.sleep
        time.sleep = lambda seconds: sleep(float(seconds) * float(scale))
    sys.argv = ["awslambdaric", handler]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
