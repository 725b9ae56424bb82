"""Draws what the alarm watched: its metric, its threshold, and when it fired, went off, recovered.

Labels cannot touch: each moment's label has a row of its own, later ones below earlier ones, and
is right of its line; the margin on the right holds the last of them, and the threshold's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flag_rollback.execution.metric import Metric, Series

#: Pixels; letters are 12 of them high, whatever the width.
_ROW = 18
_PLOT, _SMALL_PLOT = 150, 56
_AXIS = 28
_LETTER = 7.0
#: A line is broken where so many periods have no data.
_HOLE = 1.5
_STEPS, _SMALL_STEPS = 3, 1
_TIME_ROOM = 66
#: Seconds.
_A_MINUTE = 60
_TIME_STEPS = (5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


class Moment(NamedTuple):
    """Something that happened, in a word."""

    name: str
    at: datetime

    @property
    def label(self) -> str:
        """The text beside its line."""
        return f"{self.name} {self.at:%H:%M:%S}"


@dataclass(frozen=True)
class _Scale:
    """Places times and values in a plot."""

    left: float
    right: float
    top: float
    bottom: float
    begin: datetime
    end: datetime
    ticks: Sequence[float]

    def x(self, at: datetime) -> float:
        share = (at - self.begin) / (self.end - self.begin)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def draw(metric: Metric, series: Series, width: int) -> str:
    """Draw a line of a metric as SVG, `width` pixels wide; what is watched with all its labels."""
    happened = moments(metric)
    scale = _scale(metric, series, happened, width)
    height = scale.bottom + (_AXIS if series.watched else 6)
    parts = [
        f'<svg class="chart" viewBox="0 0 {width} {height:.0f}" width="{width}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(summary(metric, series))}">',
        *(_across(scale, tick) for tick in scale.ticks),
        *_line(scale, series, metric.period_seconds),
        *(
            f'<path class="moment {each.name}" d="M{scale.x(each.at):.1f} '
            f'{_ROW * row + 3 if series.watched else scale.top:.1f}V{scale.bottom:.1f}"/>'
            for row, each in enumerate(happened)
        ),
    ]
    if series.watched:
        parts += [*_times(scale), *_threshold(scale, metric)]
        parts += [
            f'<text class="moment {each.name}" x="{scale.x(each.at) + 5:.1f}" '
            f'y="{_ROW * row + 13}">{each.label}</text>'
            for row, each in enumerate(happened)
        ]
    return "\n".join([*parts, "</svg>"])


def moments(metric: Metric) -> list[Moment]:
    """List what is known to have happened, the earliest first."""
    known = (("fired", metric.fired), ("off", metric.off), ("recovered", metric.recovered))
    return sorted((Moment(name, at) for name, at in known if at), key=lambda each: each.at)


def summary(metric: Metric, series: Series) -> str:
    """Say what a line shows, for who cannot see it."""
    values = [value for _, value in series.points]
    told = [f"{series.label}: from {min(values):g} to {max(values):g}"]
    if series.watched:
        told += [] if metric.threshold is None else [f"threshold {metric.threshold:g}"]
        told += [f"{each.name} at {each.at:%H:%M:%S} UTC" for each in moments(metric)]
    return "; ".join(told)


def _scale(metric: Metric, series: Series, happened: Sequence[Moment], width: int) -> _Scale:
    """Leave room for the labels; all lines of a metric have the same times below each other."""
    times = [at for line in metric.series for at, _ in line.points]
    times += [each.at for each in happened]
    begin, end = min(times), max(times)
    if begin == end:
        end += timedelta(seconds=max(metric.period_seconds, 1))
    widest = max(len(f"{tick:g}") for line in metric.series for tick in _ticks(metric, line))
    beside = max(len(label) for label in (_limit(metric), *(each.label for each in happened)))
    top = (_ROW * len(happened) if series.watched else 0) + 8.0
    return _Scale(
        left=widest * _LETTER + 10,
        right=width - beside * _LETTER - 10,
        top=top,
        bottom=top + (_PLOT if series.watched else _SMALL_PLOT),
        begin=begin,
        end=end,
        ticks=_ticks(metric, series),
    )


def _ticks(metric: Metric, series: Series) -> list[float]:
    """Choose round values that hold all that is drawn, the lowest first."""
    values = [value for _, value in series.points]
    if series.watched and metric.threshold is not None:
        values.append(metric.threshold)
    low, high = min(0.0, *values), max(values)
    high = high if high > low else low + 1.0
    rough = (high - low) / (_STEPS if series.watched else _SMALL_STEPS)
    power = 10.0 ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * 0.999)
    first, last = floor(low / step), ceil(high / step - 1e-9)
    return [round(step * number, 12) for number in range(first, last + 1)]


def _across(scale: _Scale, tick: float) -> str:
    y = scale.y(tick)
    return (
        f'<path class="grid" d="M{scale.left:.1f} {y:.1f}H{scale.right:.1f}"/>'
        f'<text class="tick" x="{scale.left - 5:.1f}" y="{y + 4:.1f}" text-anchor="end">'
        f"{tick:g}</text>"
    )


def _times(scale: _Scale) -> Iterator[str]:
    """Mark round times, as many as there is room for."""
    span = (scale.end - scale.begin).total_seconds()
    fitting = max((scale.right - scale.left) // _TIME_ROOM, 2)
    step = next((each for each in _TIME_STEPS if span / each <= fitting), span)
    form = "%H:%M:%S" if step < _A_MINUTE else "%H:%M"
    first = ceil(scale.begin.timestamp() / step) * step
    for number in range(int(fitting) + 1):
        at = datetime.fromtimestamp(first + number * step, UTC)
        if at <= scale.end:
            yield (
                f'<text class="tick" x="{scale.x(at):.1f}" y="{scale.bottom + 21:.1f}" '
                f'text-anchor="middle">{at.strftime(form)}</text>'
            )


def _limit(metric: Metric) -> str:
    return "" if metric.threshold is None else f"limit {metric.threshold:g}"


def _threshold(scale: _Scale, metric: Metric) -> Iterator[str]:
    if metric.threshold is None:
        return
    y = scale.y(metric.threshold)
    yield f'<path class="threshold" d="M{scale.left:.1f} {y:.1f}H{scale.right:.1f}"/>'
    yield (
        f'<text class="threshold" x="{scale.right + 6:.1f}" y="{y + 4:.1f}">{_limit(metric)}</text>'
    )


def _line(scale: _Scale, series: Series, seconds: int) -> Iterator[str]:
    hole = timedelta(seconds=max(seconds, 1) * _HOLE)
    path, before = "", None
    for at, value in series.points:
        begins = before is None or at - before > hole
        path += f"{'M' if begins else 'L'}{scale.x(at):.1f} {scale.y(value):.1f}"
        before = at
    yield f'<path class="line {"watched" if series.watched else "part"}" d="{path}"/>'
    for at, value in series.points:
        yield (
            f'<circle class="point" cx="{scale.x(at):.1f}" cy="{scale.y(value):.1f}" r="2.5">'
            f"<title>{value:g} at {at:%H:%M:%S} UTC</title></circle>"
        )
