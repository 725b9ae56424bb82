"""The chart of what an alarm watched."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flag_rollback.execution.metric import Series
from flag_rollback.picture import chart
from tests.operators.reports import FIRED, metric

OFF, RECOVERED = FIRED + timedelta(seconds=21), FIRED + timedelta(minutes=2)


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("text")]  # noqa: S314


def test_it_shows_the_threshold_and_what_happened_in_order() -> None:
    told = metric(off=OFF, recovered=RECOVERED)
    shown = texts(chart.draw(told, told.series[0], 700))

    assert "limit 5" in shown
    assert [each for each in shown if ":" in each and " " in each] == [
        "fired 17:01:00",
        "off 17:01:21",
        "recovered 17:03:00",
    ]


def test_what_is_unknown_is_not_drawn() -> None:
    told = metric()
    drawn = chart.draw(told, told.series[0], 700)

    assert "off" not in " ".join(texts(drawn))
    assert "recovered" not in drawn
    assert "recovered" not in chart.summary(told, told.series[0])


def test_it_is_told_in_words_to_who_cannot_see_it() -> None:
    told = metric(off=OFF)

    assert chart.summary(told, told.series[0]) == (
        "error rate in percent: from 0.2 to 12.7; threshold 5; fired at 17:01:00 UTC; "
        "off at 17:01:21 UTC"
    )


def test_a_line_is_broken_where_there_is_no_data() -> None:
    told = metric()
    points = [*told.series[0].points[:3], *told.series[0].points[5:]]
    drawn = chart.draw(told, Series("rate", points, watched=True), 700)

    (path,) = re.findall(r'class="line watched" d="([^"]+)"', drawn)
    assert path.count("M") == 2


@given(
    st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=40),
    st.sampled_from([326, 700]),
)
def test_every_point_is_within_the_picture(values: list[float], width: int) -> None:
    told = metric(off=OFF, recovered=RECOVERED, values=values)
    drawn = ElementTree.fromstring(chart.draw(told, told.series[0], width))  # noqa: S314

    height = float(drawn.get("height") or 0)
    points = list(drawn.iter("circle"))
    assert len(points) == len(values)
    for point in points:
        assert 0 <= float(point.get("cx") or -1) <= width
        assert 0 <= float(point.get("cy") or -1) <= height


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_a_line_that_is_flat_is_drawn(value: float) -> None:
    told = metric(values=[value])

    assert "<circle" in chart.draw(told, told.series[0], 326)
