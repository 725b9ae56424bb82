"""Calls that do not need one another's answers, made at the same time."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor


def readers(most: int | None = None) -> Executor:
    """Open threads that read side by side: an answer takes far longer than the work on it.

    As many as Python thinks fit, unless `most` says how many.
    """
    return ThreadPoolExecutor(most)
