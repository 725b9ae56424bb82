"""Puts the functions where AWS is a replay, for as long as orders are explored."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest import mock

from appconfig_rollback.adapters import appconfig, clock, names, side_by_side, task
from appconfig_rollback.adapters.aws import clients_by
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import given
from appconfig_rollback.flag_document import FlagDocument
from tests.interleavings.replaying import Client, Replay, Side
from tests.interleavings.world import CLOCK
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: With which AppConfig watches the environment's monitors.
ROLE = "arn:aws:iam::123456789012:role/monitors"
_running: list[Replay] = []


@contextmanager
def replaying(replay: Replay) -> Iterator[None]:
    """Let the functions' calls be those of a replay."""
    _running.append(replay)
    try:
        yield
    finally:
        _running.pop()


@contextmanager
def in_place_of_aws(more: Mapping[str, str]) -> Iterator[None]:
    """Let the functions run in this process; `more` are settings of theirs."""
    settings = {**SETTINGS, "MONITOR_ROLE_ARNS": ROLE, **more}
    disabled, logger.disabled = logger.disabled, True
    try:
        with ExitStack() as stack:
            stack.enter_context(given(settings))
            stack.enter_context(clients_by(lambda _service: Client(_call)))
            stack.enter_context(mock.patch.object(clock, "now", CLOCK.now))
            stack.enter_context(mock.patch.object(clock, "time", mock.Mock()))
            stack.enter_context(mock.patch.object(task, "whole", _same))
            stack.enter_context(mock.patch.object(side_by_side, "ThreadPoolExecutor", _side))
            # A document never changes: it is read once.
            stack.enter_context(mock.patch.object(appconfig, "FlagDocument", cache(FlagDocument)))
            # What people call things: no outcome hangs on it.
            stack.enter_context(mock.patch.object(names, "_read", return_value=None))
            yield
    finally:
        logger.disabled = disabled


def _side(_most: int | None = None) -> Side:
    return Side(_running[-1])


def _same(value: Any) -> Any:  # noqa: ANN401 - whatever it is
    """What is in here is whole."""
    return value


def _call(operation: str, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an answer
    return _running[-1].call(operation, asked)
