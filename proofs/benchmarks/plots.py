"""The pictures of a run of `make bench`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from proofs.benchmarks.comparison import CONTENDERS, TITLES, Comparison, Parts, parts
from proofs.benchmarks.storm import MOST_TIMES_ONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from proofs.benchmarks.storm import Measured as MeasuredStorm
    from proofs.storms.exposure import Stage

STORMS, ROLLBACK = "storms.svg", "one_rollback.svg"
#: Inches, 96 pixels each. On a phone of 390 pixels the smallest text, _SMALL points, has 9 of them.
_WIDTH = 5.6
_SMALL = 10
# The palette of Okabe and Ito, which people with any kind of colour vision can tell apart.
_BLUE, _ORANGE, _GREEN, _PURPLE, _GREY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#BBBBBB"

mpl.rcParams.update(
    {
        "font.size": 10.5,
        "axes.titlesize": 11.5,
        "xtick.labelsize": _SMALL,
        "ytick.labelsize": _SMALL,
        "legend.fontsize": _SMALL,
        # Text stays text, which can be read out, searched and scaled.
        "svg.fonttype": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "feature-flag-rollback",
    }
)


def draw_storms(storms: list[MeasuredStorm], path: Path) -> None:
    """Draw the time to the last flag off against the number of alarms, both axes logarithmic."""
    figure = Figure(figsize=(_WIDTH, 5.2), layout="constrained")
    axes: Any = figure.subplots()
    lines = zip(
        sorted({storm.invocation_seconds for storm in storms}),
        ((_BLUE, "o"), (_ORANGE, "s")),
        strict=True,
    )
    for seconds, (colour, marker) in lines:
        line = [s for s in storms if (s.by, s.invocation_seconds) == ("names", seconds)]
        sizes = [storm.size for storm in line]
        times = [storm.ended.slowest_off_seconds for storm in line]
        label = (
            f"each invocation takes {seconds:g} s more"
            if seconds
            else "computing alone, on this machine"
        )
        axes.plot(sizes, times, color=colour, marker=marker, linewidth=2, label=label)
        most = MOST_TIMES_ONE * line[0].one_alone
        axes.plot(
            [sizes[0], sizes[-1]],
            [most, most],
            color=colour,
            linestyle="--",
            linewidth=1,
            label=f"{MOST_TIMES_ONE:g} times one alone: {most:.2f} s",
        )
        for storm in line:
            _label(axes, storm, storms)
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = sorted({storm.size for storm in storms})
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    lowest, highest = axes.get_ylim()
    axes.set_ylim(lowest / 1.5, highest * 1.3)
    axes.set_xlim(sizes[0] / 1.5, 1.7 * sizes[-1])
    axes.grid(axis="y", color="#E6E6E6")
    axes.set_xlabel("alarms that fire at once")
    axes.set_ylabel("seconds until the last flag is off")
    axes.set_title("Flags whose alarms fire together go off together", loc="left")
    figure.legend(loc="outside lower left", ncols=1, frameon=False)
    _save(figure, path, "Alarm storms: seconds until the last flag is off, by number of alarms")


def _label(axes: Any, storm: MeasuredStorm, storms: list[MeasuredStorm]) -> None:  # noqa: ANN401
    """Write a storm's time beside its point, away from the lines."""
    took = storm.ended.slowest_off_seconds
    others = [s.ended.slowest_off_seconds for s in storms if s.size == storm.size]
    is_upper = took == max(others)
    axes.annotate(
        f"{took:.2f} s",
        (storm.size, took),
        textcoords="offset points",
        xytext=(0, 7) if is_upper else (5, -13),
        ha="center" if is_upper else "left",
        fontsize=_SMALL,
    )


def draw_rollback(comparison: Comparison, network: float, path: Path) -> None:
    """Draw where the time from alarm to deployment goes, with and without the emulator's share."""
    figure = Figure(figsize=(_WIDTH, 6.6), layout="constrained")
    panels: Any = figure.subplots(2, 1, sharex=True)
    bars = [
        (f"{TITLES[name]}, {'cold' if cold else 'warm'}", name, cold)
        for cold in (False, True)
        for name in CONTENDERS
    ]
    taken = [parts(comparison, name, network, cold=cold) for _, name, cold in bars]
    for axes, with_fixed in zip(panels, (True, False), strict=True):
        _stack(axes, [label for label, _, _ in bars], taken, with_fixed=with_fixed)
    title = f"Alarm to deployment, {network * 1000:g} ms an AWS call"
    panels[0].set_title(title, loc="left")
    panels[1].set_title("The same without the emulator's share", loc="left")
    panels[1].set_xlabel("seconds")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False)
    _save(figure, path, title)


def _stack(axes: Any, labels: list[str], taken: list[Parts], *, with_fixed: bool) -> None:  # noqa: ANN401
    kinds = [
        ("emulator's own share", _GREY, [part.fixed if with_fixed else 0.0 for part in taken]),
        ("AWS calls", _BLUE, [part.calling for part in taken]),
        ("own code", _GREEN, [part.other for part in taken]),
        ("imports and clients (cold)", _ORANGE, [part.imports for part in taken]),
    ]
    ends = [0.0] * len(labels)
    # Cold ones stand a little apart.
    places = [place + (0.4 if place >= len(CONTENDERS) else 0) for place in range(len(labels))]
    for label, colour, widths in kinds:
        axes.barh(places, widths, left=ends, color=colour, label=label, height=0.7)
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
    for place, end in zip(places, ends, strict=True):
        axes.annotate(
            f"{end:.2f} s",
            (end, place),
            textcoords="offset points",
            xytext=(5, 0),
            va="center",
            fontsize=_SMALL,
        )
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlim(
        right=1.2 * max(part.fixed + part.calling + part.other + part.imports for part in taken)
    )
    axes.tick_params(axis="y", length=0)


def draw_exposure(ways: Mapping[str, Sequence[Stage]], path: Path) -> None:
    """Draw to scale how long clients have a flag after its first error, by the alarm's name.

    Each stage has a line of its own, and begins where the one above it ends.
    """
    figure = Figure(figsize=(_WIDTH, 4.8), layout="constrained")
    panels: Any = figure.subplots(len(ways), 1, sharex=True)
    longest = 0.0
    for axes, (alarm, stages) in zip(panels, ways.items(), strict=True):
        end = 0.0
        for place, stage in enumerate(stages):
            axes.barh(place, stage.seconds, left=end, color=_BLUE, height=0.7)
            end += stage.seconds
            _seconds(axes, stage.seconds, end, place)
        axes.barh(len(stages), end, color=_GREY, height=0.7)
        _seconds(axes, end, end, len(stages))
        axes.set_yticks(range(len(stages) + 1), [*(stage.name for stage in stages), "all"])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_title(alarm, loc="left")
        longest = max(longest, end)
    panels[-1].set_xlim(right=1.17 * longest)
    panels[-1].set_xlabel("seconds since the first error, at most")
    _save(figure, path, "From the first error to off for clients, to scale")


def _seconds(axes: Any, seconds: float, end: float, place: int) -> None:  # noqa: ANN401
    """Write the seconds of a bar beside its end."""
    axes.annotate(
        f"{round(seconds, 1):g} s",
        (end, place),
        textcoords="offset points",
        xytext=(5, 0),
        va="center",
        fontsize=_SMALL,
    )


def _save(figure: Figure, path: Path, title: str) -> None:
    # Without the date equal results give equal files.
    figure.savefig(path, facecolor="white", metadata={"Date": None, "Title": title})
