"""Step Functions: paths, timeouts, history, status and redrive."""

from __future__ import annotations

from local.gaps.stepfunctions import history, limits, paths, permissions, redrive, status, walk

GAPS = [
    *paths.GAPS,
    *limits.GAPS,
    *history.GAPS,
    *walk.GAPS,
    *status.GAPS,
    *redrive.GAPS,
    *permissions.GAPS,
]
