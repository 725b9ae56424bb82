"""Step Functions: mocks, paths, timeouts, history, status, redrive and single states."""

from __future__ import annotations

from local.gaps.stepfunctions import (
    history,
    limits,
    mocks,
    paths,
    permissions,
    redrive,
    single_states,
    status,
    walk,
)

GAPS = [
    *mocks.GAPS,
    *paths.GAPS,
    *limits.GAPS,
    *history.GAPS,
    *walk.GAPS,
    *status.GAPS,
    *redrive.GAPS,
    *permissions.GAPS,
    *single_states.GAPS,
]
