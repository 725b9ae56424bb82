"""Which alarms can turn which flags off, read from DescribeAlarms' answer and from tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from appconfig_rollback.errors import AlarmNameMismatchError
from appconfig_rollback.guarding import DIMENSION, AlarmNames, named, policy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appconfig_rollback.state import NamedBy

#: A query that makes a series of each value of the dimension that names flags.
_BY_SERIES = re.compile(rf"GROUP\s+BY\b.*\b{DIMENSION}\b", re.IGNORECASE | re.DOTALL)
#: A query that looks at some flags alone.
_OF_SOME = re.compile(rf"\bWHERE\b.*\b{DIMENSION}\b.*\bGROUP\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Guard:
    """An alarm that can turn flags off, as DescribeAlarms describes it.

    An alarm with a series for each flag (`by` is "series") guards whatever flag has one; `flags`
    is empty then. A moment that its `tags` could not be read, they are None.
    """

    alarm: Mapping[str, Any]
    by: NamedBy | Literal["series"]
    flags: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str(self.alarm["AlarmName"])

    def guards(self, flag: str) -> bool:
        """Return whether it can turn a flag off."""
        if self.by != "series":
            return flag in self.flags
        texts = expressions(self.alarm)
        return not any(map(_OF_SOME.search, texts)) or any(f"'{flag}'" in text for text in texts)


def guard(
    alarm: Mapping[str, Any], tags: Mapping[str, str] | None, names: AlarmNames
) -> Guard | None:
    """Read what an alarm guards; None where that is nothing, or its own tag says off."""
    if policy_of(tags or {}) == "off":
        return None
    if any(map(_BY_SERIES.search, expressions(alarm))):
        return Guard(alarm, "series", tags=tags)
    try:
        found = named(alarm["AlarmName"], tags or {}, names)
    except AlarmNameMismatchError:
        return None
    return Guard(alarm, found.by, found.flags, tags)


def expressions(alarm: Mapping[str, Any]) -> list[str]:
    """List the texts of an alarm's expressions."""
    return [metric["Expression"] for metric in alarm.get("Metrics", []) if "Expression" in metric]
