"""Asking anew what AWS throttles, where an answer within seconds is better than none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.errors import RetryLaterError

#: The SDK makes three calls of each, with pauses between them.
_TRIES = 5

Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer], until: datetime) -> Answer:
    """Ask, and anew while AWS is throttled, as long as there is time.

    Raises:
        RetryLaterError: AWS was throttled to the end, or there was no time left to ask at all.
    """
    error = RetryLaterError("there was no time left to ask AWS")
    for _ in range(_TRIES):
        if clock.now() > until:
            break
        try:
            return ask()
        except RetryLaterError as refusal:
            logger.warning("AWS does not answer", exc_info=True)
            error = refusal
    raise error
