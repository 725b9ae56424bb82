"""Prints how long the tests of each folder took, at the end of a run of several folders.

A test counts with its set-up and its end. With xdist the workers' seconds are added up, so they
are more than the clock on the wall shows.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_TESTS = "tests"
_seconds: defaultdict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add a phase of a test to its folder; with xdist, the main process hears of each."""
    _seconds[_folder(report.nodeid.partition("::")[0])] += report.duration


@cache
def _folder(module: str) -> str:
    parts = PurePosixPath(module).parts
    return "/".join(parts[:2] if len(parts) > 2 else parts[:1])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line a folder, where all tests were asked for."""
    config = terminalreporter.config
    if hasattr(config, "workerinput") or list(config.args) != [_TESTS] or config.option.keyword:
        return
    terminalreporter.section("seconds by folder")
    for folder, seconds in sorted(_seconds.items(), key=lambda each: -each[1]):
        terminalreporter.line(f"{seconds:8.1f}  {folder}")
