"""The time, and waiting a little: the one place that tests replace."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

#: What AWS answers may be older than what it did before (eventually consistent), so what is
#: expected but not there yet is looked at again after these seconds: 5 s in all.
_LOOK_AGAIN_AFTER = (0.5, 1.0, 1.5, 2.0)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def looks() -> Iterator[None]:
    """Go round once at once, and again after each pause, jittered, until the caller breaks off."""
    yield
    for pause in _LOOK_AGAIN_AFTER:
        time.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
        yield
