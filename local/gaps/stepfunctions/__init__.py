"""Step Functions: paths, timeouts, retries, history, status and redrive."""

from __future__ import annotations

from local.gaps.stepfunctions import (
    history,
    limits,
    paths,
    permissions,
    redrive,
    retries,
    status,
    walk,
)

GAPS = [
    *paths.GAPS,
    *limits.GAPS,
    *retries.GAPS,
    *history.GAPS,
    *walk.GAPS,
    *status.GAPS,
    *redrive.GAPS,
    *permissions.GAPS,
]
