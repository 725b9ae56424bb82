"""Draws how much happened on each day: flags that were turned off, and executions that failed."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

_PLOT, _TOP, _AXIS = 110, 18, 26
_LEFT = 34
#: Pixels that a day's name takes, with room beside it.
_DAY_ROOM = 58


@dataclass(frozen=True)
class Day:
    """What happened on a day, in UTC."""

    day: date
    off: int
    failed: int


def draw(days: Sequence[Day], width: int) -> str:
    """Draw a bar of each kind for each day as SVG, `width` pixels wide; empty without days."""
    if not days:
        return ""
    most = max(1, *(max(day.off, day.failed) for day in days))
    height, each = _TOP + _PLOT + _AXIS, (width - _LEFT - 4) / len(days)
    parts = [
        f'<svg class="bars" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(summary(days))}">',
        *_scale(most, width),
    ]
    named = max(round(_DAY_ROOM / each + 0.5), 1)
    for number, day in enumerate(days):
        x = _LEFT + each * number
        parts += _bar(x + each * 0.12, each * 0.36, day.off / most, "off", day.off)
        parts += _bar(x + each * 0.52, each * 0.36, day.failed / most, "failed", day.failed)
        if (len(days) - 1 - number) % named == 0 and x + each / 2 > _LEFT + _DAY_ROOM / 2 - 8:
            parts.append(
                f'<text x="{min(x + each / 2, width - 22):.1f}" y="{height - 8}" '
                f'text-anchor="middle">{day.day:%d %b}</text>'
            )
    return "\n".join([*parts, "</svg>"])


def summary(days: Sequence[Day]) -> str:
    """Say what the bars show."""
    off, failed = sum(day.off for day in days), sum(day.failed for day in days)
    return (
        f"In {len(days)} days {off} flag{'s were' if off != 1 else ' was'} turned off, and "
        f"{failed} execution{'s' if failed != 1 else ''} failed"
    )


def _scale(most: int, width: int) -> Iterator[str]:
    for value in {0, most}:
        y = _TOP + _PLOT * (1 - value / most)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{width}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'


def _bar(x: float, width: float, share: float, kind: str, value: int) -> Iterator[str]:
    if value:
        height = _PLOT * share
        yield (
            f'<rect class="{kind}" x="{x:.1f}" y="{_TOP + _PLOT - height:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}"><title>{value}</title></rect>'
        )
