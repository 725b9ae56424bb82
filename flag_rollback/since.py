"""A span of time on the command line, such as 30m, 2h or 3d."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
#: Longer than anything that AWS keeps.
_LONGEST = timedelta(days=3650)


class Since(click.ParamType[datetime]):
    """Reads `2h` as the moment two hours ago."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the span."""
        if isinstance(value, datetime):
            return value
        match = _SPAN.fullmatch(str(value))
        if not match:
            self.fail(f"expected a span such as 30m, 2h or 3d; got {value!r}", param, ctx)
        span = timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
        if span > _LONGEST:
            self.fail(f"expected a span of at most {_LONGEST.days}d; got {value!r}", param, ctx)
        return datetime.now(UTC) - span
