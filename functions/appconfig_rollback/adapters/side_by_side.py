"""Calls that do not need one another's answers, made at the same time."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor


def readers() -> Executor:
    """Open threads that read side by side: an answer takes far longer than the work on it."""
    return ThreadPoolExecutor()
