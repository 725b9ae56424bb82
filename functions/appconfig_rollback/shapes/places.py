"""Where a freeform document may hold flags."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from appconfig_rollback.json_text import Value
from appconfig_rollback.shapes import listed
from appconfig_rollback.shapes.shape import Found

#: Keys at the top whose objects or lists hold flags. The top itself may hold some as well.
CONTAINERS = ("flags", "features", "featureFlags", "feature_flags", "toggles")
#: What the stack's parameter FlagsAt is where the flags are at the top and nowhere else.
TOP = "."

#: FlagsAt is set to no longer path than this, so nothing is looked for below it.
_DEEPEST_HINT = 20

_IN_WORDS = ", ".join(map(repr, CONTAINERS))


def in_words(flags_at: str) -> str:
    """Say where is looked."""
    if flags_at == TOP:
        return "at the top (the stack's parameter FlagsAt)"
    if flags_at:
        return f"below {flags_at!r} (the stack's parameter FlagsAt)"
    return f"below {_IN_WORDS}, or at the top"


def holders(root: Value, flags_at: str) -> list[tuple[str, Value]]:
    """List the objects and lists that may hold flags, each with its path of keys."""
    if flags_at == TOP:
        return [("", root)]
    if flags_at:
        return [(flags_at, value) for value in _at(root, flags_at)]
    containers = [
        (member.key, member.value) for member in root.members() if member.key in CONTAINERS
    ]
    return [*containers, ("", root)]


def entries(path: str, holder: Value) -> Iterator[Found]:
    """Go through what has a name in an object or a list."""
    yield from listed.items(path, holder)
    for member in holder.members():
        yield Found(
            (member.key,), path, f"{path}.{member.key}" if path else member.key, member.value
        )


def anywhere(root: Value) -> Iterator[Found]:
    """Go through all that has a name in the document's objects, but for the deepest of them."""
    ahead = deque([("", root, 0)])
    while ahead:
        path, holder, depth = ahead.popleft()
        for found in entries(path, holder):
            yield found
            if not found.in_list and depth < _DEEPEST_HINT:
                ahead.append((found.path, found.value, depth + 1))


def _at(value: Value, path: str) -> Iterator[Value]:
    """Follow a path of keys, which may have dots in them."""
    for member in value.members():
        if member.key == path:
            yield member.value
        elif path.startswith(f"{member.key}."):
            yield from _at(member.value, path.removeprefix(f"{member.key}."))
