"""What differs between two versions of a document."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import Json


@dataclass(frozen=True)
class Difference:
    """A place in the document with its JSON text before and after; None where it is not there."""

    path: str
    before: str | None
    after: str | None


class _Number(str):
    """A number as it is written: 1.0 is not 1 here."""

    __slots__ = ()


def differences(before: bytes, after: bytes) -> list[Difference]:
    """Compare two JSON documents, in the order of the later one.

    Raises:
        ValueError: one of them is not JSON.
    """
    old, new = dict(_leaves(_parsed(before))), dict(_leaves(_parsed(after)))
    paths = [*new, *(path for path in old if path not in new)]
    return [
        Difference(path, old.get(path), new.get(path))
        for path in paths
        if old.get(path) != new.get(path)
    ]


def _parsed(content: bytes) -> object:
    text = content.decode("utf-8-sig")
    return json.loads(text, parse_int=_Number, parse_float=_Number)


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        text = str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
        yield path, text
