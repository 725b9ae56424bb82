"""Time and memory that documents take which are made to hurt, at the most that AppConfig holds."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appconfig_rollback.errors import RollbackError
from tests.domain.documents import freeform, off
from tests.hostile.test_documents import GROWING, LARGEST, one_flag_and

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Hurt:
    """What turning a flag off took; `said` is what came of it."""

    what: str
    size: int  # bytes
    seconds: float
    memory: int  # bytes at most, beside the document
    said: str


def documents() -> Iterator[tuple[str, str]]:
    """Name documents of two megabytes, or a little less."""
    for name, grows in GROWING.items():
        per_step = len(grows(2000)) / 2000
        yield name, grows(int(LARGEST / per_step))
    deep = LARGEST // 2 - 100
    yield "lists in lists", one_flag_and("[" * deep + "]" * deep)
    yield "objects in objects", one_flag_and('{"a":' * (deep // 3) + "1" + "}" * (deep // 3))


def measure() -> Iterator[Hurt]:
    """Turn the flag off in each: once for the time, once more for the memory."""
    for name, text in documents():
        began = time.perf_counter()
        said = _turned_off(text)
        seconds = time.perf_counter() - began
        tracemalloc.start()
        _turned_off(text)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        yield Hurt(name, len(text), seconds, most, said)


def _turned_off(text: str) -> str:
    try:
        off(freeform(text), "flag-0")
    except RollbackError as refused:
        return f"refused: {type(refused).__name__}"
    return "turned off"
