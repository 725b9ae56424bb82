"""Lets the functions talk to simulated services, in simulated time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, nullcontext
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from appconfig_rollback.adapters import appconfig, clock, names, side_by_side
from appconfig_rollback.adapters.aws import clients_by
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import given
from appconfig_rollback.case import Case
from appconfig_rollback.exposure import Beside
from appconfig_rollback.flag_document import FlagDocument
from proofs.storms.timeline import Readers
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from concurrent.futures import Future

    from proofs.storms.aws import Aws
    from proofs.storms.timeline import Timeline

#: What a ThreadPoolExecutor of an environment with two visible processors has.
_WORKERS = 6


class _Remembered(MutableMapping[Any, Any]):
    """A dictionary of a function's module: each environment has its own."""

    def __init__(self, timeline: Timeline, name: str) -> None:
        self._timeline, self._name = timeline, name

    @property
    def _items(self) -> dict[Any, Any]:
        environment: Any = self._timeline.on_behalf_of
        found: dict[Any, Any] = environment.memory.setdefault(self._name, {})
        return found

    def __getitem__(self, key: object) -> Any:  # noqa: ANN401 - whatever is kept
        return self._items[key]

    def __setitem__(self, key: object, value: object) -> None:
        self._items[key] = value

    def __delitem__(self, key: object) -> None:
        del self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@contextmanager
def in_place_of_aws(timeline: Timeline, aws: Aws) -> Iterator[None]:
    """Let the functions talk to the simulated services, and tell the simulated time."""
    level = logger.level
    logger.setLevel(logging.CRITICAL)

    def threads(most: int | None = None) -> Readers:
        return Readers(timeline, most or _WORKERS)

    def wait(reads: list[Future[Any]], timeout: float) -> None:  # noqa: ARG001 - all answers come
        for read in reads:
            read.exception()

    _let_threads_pass()
    try:
        with (
            given(SETTINGS | {"DEPLOYMENT_STRATEGY_ID": "at-once"}),
            clients_by(aws.client),
            mock.patch.object(clock, "now", timeline.now),
            mock.patch.object(clock, "time", SimpleNamespace(sleep=timeline.sleep)),
            # Computing takes no time here, so equal documents are looked into once.
            mock.patch.object(appconfig, "FlagDocument", lru_cache(maxsize=64)(FlagDocument)),
            mock.patch.object(side_by_side, "ThreadPoolExecutor", threads),
            mock.patch.object(names, "ThreadPoolExecutor", threads),
            mock.patch.object(names, "wait", wait),
            mock.patch.object(names, "_known", _Remembered(timeline, "names")),
        ):
            yield
    finally:
        logger.setLevel(level)


def _let_threads_pass() -> None:
    """Let executions in one process compute a property of theirs at once, as in processes.

    Python 3.11 has a lock in a cached property, one for all objects; one who sleeps while it
    computes would lock the others out.
    """
    for kind in (Case, Beside):
        for found in vars(kind).values():
            if isinstance(found, cached_property) and "lock" in vars(found):
                vars(found)["lock"] = nullcontext()
