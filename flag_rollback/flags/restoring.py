"""Puts a flag back to what it was: the only code of this project that can turn a flag on.

Nothing in here runs in Lambda; a person calls it, by `flag-rollback restore`, with their own
credentials.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from appconfig_rollback.errors import RollbackError
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument, stamped
from appconfig_rollback.json_text import Edit, Value, apply, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from appconfig_rollback.deployments import Completed
    from flag_rollback.flags.served import Profile

#: What says whether a flag is on, and for whom; all else of it stays as it is served now.
SWITCHES = ("enabled", "rolloutPercentage", "_variants")


class NeverOnError(LookupError):
    """No document that was served has the flag on."""


@dataclass(frozen=True)
class Before:
    """What was served last with the flag on, since when, and the deployment that turned it off."""

    version: int
    since: datetime
    turned_off_by: int


def last_on(profile: Profile, flag: str, *, looked_through: int = 200) -> Before:
    """Go back through what the environment served, to the last version with the flag on.

    Raises:
        NeverOnError: there is none, as far back as is looked.
    """
    after: int | None = None
    for completed in islice(profile.store.completed(), looked_through):
        if after is not None and _is_on(profile, completed, flag):
            return Before(profile.version(completed), completed.started_at, after)
        after = completed.number
    raise NeverOnError(
        f"none of the last {looked_through} documents served has {flag} on, so there is nothing "
        "to go back to; release it as you release a new flag"
    )


def restored(served: FlagDocument, before: FlagDocument, flag: str, now: datetime) -> bytes:
    """Write what is served with the flag's switches as they were before.

    A freeform document's `version` and `lastUpdated` are brought up to date where it has them.
    """
    root, old_root = (read(document.content.decode()) for document in (served, before))
    holder = "values" if served.profile_type == FEATURE_FLAGS else "flags"
    edits: list[Edit] = []
    for value, old in _paired(_values(root, holder, flag), _values(old_root, holder, flag)):
        edits += _switched(value, old)
    if served.profile_type != FEATURE_FLAGS:
        edits += stamped(root, now)
    return apply(root.source, edits).encode()


def _is_on(profile: Profile, completed: Completed, flag: str) -> bool:
    document = profile.document(profile.version(completed))
    try:
        return document.is_on(flag)
    except RollbackError:
        return False


def _values(root: Value, holder: str, flag: str) -> list[Value]:
    return [value for group in root.named(holder) for value in group.named(flag)]


def _paired(now: list[Value], old: list[Value]) -> Iterator[tuple[Value, Value]]:
    """Pair what stands in the same place; JSON lets a key stand twice, and then the last counts."""
    for number, value in enumerate(now):
        yield value, old[number] if len(now) == len(old) else old[-1]


def _switched(value: Value, old: Value) -> list[Edit]:
    edits: list[Edit] = []
    missing = {}
    for name in SWITCHES:
        was = old.named(name)
        present = value.named(name)
        if not was and name == "enabled":
            edits += [now.replaced_by(True) for now in present]  # without the word a flag is on
        if not was:
            continue
        edits += [Edit(now.start, now.end, then.text) for now, then in _paired(present, was)]
        if not present:
            missing[name] = json.loads(was[-1].text)
    if missing:
        edits.append(value.with_members(missing))
    return edits
