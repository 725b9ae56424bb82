"""A span of time on the command line, such as 30m, 2h or 3d."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(\d{1,6})([smhd])")


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
        return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
