"""Step Functions: mocks, paths, timeouts, retries, history, status, redrive, single states."""

from __future__ import annotations

from local.gaps.stepfunctions import (
    history,
    limits,
    mocks,
    paths,
    permissions,
    redrive,
    retries,
    single_states,
    status,
    walk,
)

GAPS = [
    *mocks.GAPS,
    *paths.GAPS,
    *limits.GAPS,
    *retries.GAPS,
    *history.GAPS,
    *walk.GAPS,
    *status.GAPS,
    *redrive.GAPS,
    *permissions.GAPS,
    *single_states.GAPS,
]
