"""The mark that an execution leaves in the description of what it writes.

By it a later execution recognises the same alarm transition, and a repeated step its own work. It
is ASCII on one line because a version's description travels as an HTTP header, and at most 1,024
characters long (AppConfig API reference, CreateHostedConfigurationVersion).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from appconfig_rollback.state import Alarm, Execution

_OPENING = "Automated rollback"
_LONGEST_VALUE = 280  # three such values and the fixed ones stay below 1,024 characters
_SAFE = "/:()-_.~"
#: Anchored, in the order in which it is written: what follows it is somebody else's text.
_WRITTEN = re.compile(
    rf"{_OPENING}: flag=(?P<flag>\S+) alarm=(?P<alarm>\S+) transition=(?P<transition>\S+) "
    r"execution=(?P<execution>\S+) base=(?P<base>\d+)"
)


@dataclass(frozen=True)
class Mark:
    """Who wrote a version or a deployment, because of what, on top of which version."""

    flag: str
    alarm: str
    transition: str
    execution: str
    base: int

    @classmethod
    def of(cls, alarm: Alarm, execution: Execution, base: int) -> Mark:
        """Make the mark of an execution that answers an alarm."""
        return cls(
            flag=alarm["flag"],
            alarm=alarm["alarmName"],
            transition=alarm["transitionedAt"],
            execution=execution["Name"],
            base=base,
        )

    def same_transition(self, alarm: Alarm) -> bool:
        """Return whether it answers this very transition of this alarm."""
        return (_short(self.alarm), self.transition) == (
            _short(alarm["alarmName"]),
            alarm["transitionedAt"],
        )

    def written_by(self, execution_name: str) -> bool:
        """Return whether the execution of that name left it, even where the name was shortened."""
        return _short(self.execution) == _short(execution_name)

    def __str__(self) -> str:
        return (
            f"{_OPENING}: flag={_short(self.flag)} alarm={_short(self.alarm)} "
            f"transition={quote(self.transition, safe=':')} execution={_short(self.execution)} "
            f"base={self.base}"
        )


def read_mark(description: str | None) -> Mark | None:
    """Read the mark back; None where the description is somebody else's.

    Values longer than a description can hold come back shortened, with a digest of the whole, so
    compare a mark with `Mark` values only through their texts: `str(a) == str(b)`.
    """
    written = _WRITTEN.match(description or "")
    if written is None:
        return None
    fields = {key: unquote(value) for key, value in written.groupdict().items()}
    return Mark(
        flag=fields["flag"],
        alarm=fields["alarm"],
        transition=fields["transition"],
        execution=fields["execution"],
        base=int(fields["base"]),
    )


def _short(text: str) -> str:
    quoted = quote(text, safe=_SAFE, errors="replace")
    if len(quoted) <= _LONGEST_VALUE:
        return quoted
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
    # A cut must leave neither half of a %XX behind nor a part of a character of several bytes.
    whole = re.sub("%.?$", "", quoted[: _LONGEST_VALUE - 13])
    return f"{quote(unquote(whole, errors='ignore'), safe=_SAFE)}~{digest}"
