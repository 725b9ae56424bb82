"""Two JSON documents beside each other: which fields of ours the real one has not, or not so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import Json

_KINDS = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    dict: "object",
    list: "list",
    type(None): "null",
}


@dataclass(frozen=True)
class Differences:
    """Where the documents differ, by the fields' paths (`detail.state.value`, `resources[0]`)."""

    missing: tuple[str, ...]
    otherwise: tuple[str, ...]  # path, and both types
    beyond: tuple[str, ...]  # in the real one only

    @property
    def are_harmless(self) -> bool:
        """Whether the real document has all of ours, as ours has it."""
        return not (self.missing or self.otherwise)

    def __str__(self) -> str:
        told = {"missing": self.missing, "other": self.otherwise, "beyond ours": self.beyond}
        return "; ".join(f"{name}: {', '.join(at)}" for name, at in told.items() if at) or "none"


def differences(ours: Json, real: Json) -> Differences:
    """Compare by fields and their JSON types, never by their values.

    A field that is missing, or is there beyond ours, is named once, without what is in it. Items of
    lists are compared one by one; a longer list in the real document is no difference.
    """
    found: dict[str, list[str]] = {"missing": [], "otherwise": [], "beyond": []}
    for what, where in _walk(ours, real, ""):
        found[what].append(where)
    return Differences(*(tuple(found[what]) for what in ("missing", "otherwise", "beyond")))


def _walk(ours: Json, real: Json, at: str) -> Iterator[tuple[str, str]]:
    kind, real_kind = _KINDS[type(ours)], _KINDS[type(real)]
    if kind != real_kind:
        yield "otherwise", f"{at or 'the document'} ({real_kind}, not {kind})"
    elif isinstance(ours, dict):
        for key in ours:
            where = f"{at}.{key}" if at else key
            if key in real:
                yield from _walk(ours[key], real[key], where)
            else:
                yield "missing", where
        yield from (("beyond", f"{at}.{key}" if at else key) for key in real if key not in ours)
    elif isinstance(ours, list):
        for number, item in enumerate(ours):
            if number < len(real):
                yield from _walk(item, real[number], f"{at}[{number}]")
            else:
                yield "missing", f"{at}[{number}]"
