"""The pictures of `make bench` and `make storms` can be read on a phone, and read out."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from proofs.benchmarks import plots
from proofs.benchmarks.comparison import CONTENDERS, Comparison
from proofs.benchmarks.no_op.chain import CHAIN, SINGLE
from proofs.storms import exposure
from tests.proofs.storms.ends import end

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: How wide a phone is, and how large a text has to be there, in pixels.
_PHONE, _LEGIBLE = 390, 9


def _draw_exposure(path: Path) -> None:
    plots.draw_exposure(exposure.ways(end(1, slowest_off_seconds=2.43)), path)


def _draw_storms(path: Path) -> None:
    storms: list[Any] = [
        SimpleNamespace(
            size=size,
            by="names",
            invocation_seconds=seconds,
            one_alone=1.0,
            ended=SimpleNamespace(slowest_off_seconds=seconds + size / 30),
        )
        for seconds in (0.0, 0.3)
        for size in (1, 10, 100)
    ]
    plots.draw_storms(storms, path)


def _draw_rollback(path: Path) -> None:
    comparison = Comparison()
    for name in (*CONTENDERS, SINGLE, CHAIN):
        for cold in (False, True):
            run: Any = SimpleNamespace(started=0.9 if name in CONTENDERS else 0.1, calling=0.2)
            comparison.runs[name, 0.04, cold] = [run]
    plots.draw_rollback(comparison, 0.04, path)


_PICTURES = {
    "exposure": (_draw_exposure, "From the first error to off for clients"),
    "storms": (_draw_storms, "Alarm storms"),
    "one rollback": (_draw_rollback, "Alarm to deployment"),
}


@pytest.mark.parametrize(("draw", "title"), _PICTURES.values(), ids=_PICTURES.keys())
def test_a_picture_has_a_title_and_texts_that_are_legible_on_a_phone(
    draw: Callable[[Path], None], title: str, tmp_path: Path
) -> None:
    path = tmp_path / "picture.svg"
    draw(path)

    picture = path.read_text("utf-8")
    (said,) = re.findall(r"^ <title>(.*)</title>$", picture, re.M)
    assert said.startswith(title)
    sizes = re.findall(r"<text style=\"[^\"]*?([\d.]+)px", picture)
    assert len(sizes) == picture.count("<text") > 10
    (width,) = re.findall(r"viewBox=\"0 0 ([\d.]+) ", picture)
    assert min(map(float, sizes)) * _PHONE / float(width) >= _LEGIBLE


def test_each_stage_has_its_seconds_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    _draw_exposure(path)

    assert re.findall(r">([\d.]+ s)</text>", path.read_text("utf-8")) == [
        *("60 s", "120 s", "60 s", "2 s", "2.4 s", "45 s", "289.4 s"),
        *("10 s", "30 s", "10 s", "2 s", "2.4 s", "45 s", "99.4 s"),
    ]
