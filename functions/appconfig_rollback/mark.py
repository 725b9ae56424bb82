"""The mark that an execution, or a person's command, leaves in the description of what it writes.

By it a later execution recognises the same alarm transition, and a repeated step its own work. It
is ASCII on one line because a version's description travels as an HTTP header, and at most 1,024
characters long (AppConfig API reference, CreateHostedConfigurationVersion).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from appconfig_rollback.plain_text import ascii_line
from appconfig_rollback.state import Alarm, Execution

#: AppConfig API reference, CreateHostedConfigurationVersion and StartDeployment.
_DESCRIPTION_LIMIT = 1024
_AUTOMATED = "Automated rollback"
_BY_HAND = "Turned off by hand"
_LONGEST_VALUE = 280  # three such values and the fixed ones stay below 1,024 characters
_SAFE = "/:()-_.~"
#: No more digits than AppConfig's own numbers have: anybody may write a description.
_COUNT = "[0-9]{1,10}"
#: Anchored, in the order in which it is written: what follows it is somebody else's text.
_WRITTEN = re.compile(
    rf"(?P<opening>{_AUTOMATED}|{_BY_HAND}): flags=(?P<flags>{_COUNT}) "
    r"alarm=(?P<alarm>\S+)( contributor=(?P<contributor>\S+))? "
    rf"transition=(?P<transition>\S+) execution=(?P<execution>\S+) base=(?P<base>{_COUNT})(?!\d)"
)


@dataclass(frozen=True)
class Mark:
    """Who wrote a version or a deployment, because of what, on top of which version.

    `flags` is how many flags it turned off, those of other alarms that were swept along included;
    which ones is read from the two documents. `contributor` is the id of the alarm's series, where
    it has several. `by_hand` says that a person did it with `flag-rollback off`, and that there is
    no alarm.
    """

    flags: int
    alarm: str
    contributor: str | None
    transition: str
    execution: str
    base: int
    by_hand: bool = False

    @classmethod
    def of(cls, alarm: Alarm, execution: Execution, base: int, flags: int | None = None) -> Mark:
        """Return an execution's mark for so many flags; by default for the alarm's."""
        return cls(
            flags=len(alarm["flags"]) if flags is None else flags,
            alarm=alarm["alarmName"],
            contributor=contributor["id"] if (contributor := alarm["contributor"]) else None,
            transition=alarm["transitionedAt"],
            execution=execution["Name"],
            base=base,
            by_hand=alarm["namedBy"] == "person",
        )

    def same_transition(self, alarm: Alarm) -> bool:
        """Return whether it answers this very transition of this alarm, or of its series."""
        return self.same_alarm(alarm) and self.transition == alarm["transitionedAt"]

    def same_alarm(self, alarm: Alarm) -> bool:
        """Return whether it answers this alarm, or its series, whatever the transition."""
        contributor = alarm["contributor"]
        return (_short(self.alarm), self.contributor and _short(self.contributor)) == (
            _short(alarm["alarmName"]),
            contributor and _short(contributor["id"]),
        )

    def written_by(self, execution_name: str) -> bool:
        """Return whether the execution of that name left it, even where the name was shortened."""
        return _short(self.execution) == _short(execution_name)

    def __str__(self) -> str:
        series = f"contributor={_short(self.contributor)} " if self.contributor else ""
        opening = _BY_HAND if self.by_hand else _AUTOMATED
        return (
            f"{opening}: flags={self.flags} alarm={_short(self.alarm)} {series}"
            f"transition={quote(self.transition, safe=':', errors='replace')} "
            f"execution={_short(self.execution)} base={self.base}"
        )


def read_mark(description: str | None) -> Mark | None:
    """Read the mark back; None where the description is somebody else's.

    Values longer than a description can hold come back shortened, with a digest of the whole, so
    compare a mark with `Mark` values only through their texts: `str(a) == str(b)`.
    """
    written = _WRITTEN.match(description or "")
    if written is None:
        return None
    fields = {key: unquote(value or "") for key, value in written.groupdict().items()}
    return Mark(
        flags=int(fields["flags"]),
        alarm=fields["alarm"],
        contributor=fields["contributor"] or None,
        transition=fields["transition"],
        execution=fields["execution"],
        base=int(fields["base"]),
        by_hand=fields["opening"] == _BY_HAND,
    )


def description(alarm: Alarm, execution: Execution, base: int, flags: int | None = None) -> str:
    """Describe what an execution writes: its mark; of a person's command who and why, besides."""
    mark = Mark.of(alarm, execution, base, flags)
    if not mark.by_hand:
        return str(mark)
    return ascii_line(f"{mark} {alarm['reason']}", _DESCRIPTION_LIMIT)


def _short(text: str) -> str:
    quoted = quote(text, safe=_SAFE, errors="replace")
    if len(quoted) <= _LONGEST_VALUE:
        return quoted
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
    # A cut must leave neither half of a %XX behind nor a part of a character of several bytes.
    whole = re.sub("%.?$", "", quoted[: _LONGEST_VALUE - 13])
    return f"{quote(unquote(whole, errors='ignore'), safe=_SAFE)}~{digest}"
