"""What the storms have to reach: which of them each bar is held against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from proofs.storms.__main__ import storms
from proofs.storms.bars import SMALL, bars
from tests.proofs.storms.ends import all_kinds, end

if TYPE_CHECKING:
    from proofs.benchmarks.bars import Bar
    from proofs.storms.ended import Ended


def found(what: str, *others: Ended) -> Bar:
    """The one bar that begins so."""
    (bar,) = (bar for bar in bars(all_kinds(*others)) if bar.what.startswith(what))
    return bar


def test_where_all_is_well_every_bar_is_met() -> None:
    assert [bar.what for bar in bars(all_kinds()) if not bar.met] == []


def test_a_storm_under_cloudwatchs_documented_limit_has_bars_of_its_own() -> None:
    slow = end(1000, cloudwatch="alarms", off_seconds=11.9, told_seconds=360.0)

    bar = found("last flag off, 9 DescribeAlarms a second", slow)
    assert (bar.verdict, bar.value, bar.limit) == ("missed by 19%", "11.9", 10)
    assert found("every outcome told, 9 DescribeAlarms a second", slow).verdict == "missed by 20%"
    assert found("last flag off, concurrency 1,000", slow).met


def test_a_flag_that_stays_on_under_the_documented_limit_counts_and_under_the_guess_does_not() -> (
    None
):
    amiss = "executions and watches red"

    assert found(amiss, end(1000, cloudwatch="alarms", still_on=["a"])).measured == 1
    assert found(amiss, end(1000, cloudwatch="tags", still_on=["a"], red=["b"])).measured == 0


def test_a_last_flag_that_never_went_off_misses_its_bar() -> None:
    bar = found("last flag off, concurrency 1,000", end(300, off_seconds=math.inf))

    assert (bar.met, bar.verdict, bar.value) == (False, "missed", "never")


def test_what_each_alarm_needs_is_held_at_each_concurrency_for_more_alarms_and_for_series() -> None:
    worse = end(1000, SMALL, transitions=19.0, invocations=9.0)
    series = end(100, SMALL, by="series", transitions=11.0)

    more = found(
        "transitions for each alarm, more alarms beside 100 alarms, concurrency 10:", worse
    )
    assert (more.verdict, more.limit) == ("missed by 90%", 10)
    assert more.what.endswith("1,000 alarms, seed 1")
    assert (
        found("invocations for each alarm, more alarms beside 100 alarms, concurrency 10:", worse)
    ).verdict == "missed by 12%"
    assert (
        found("transitions for each alarm, 100 series beside 100 alarms, concurrency 10:", series)
    ).verdict == "missed by 10%"
    assert found(
        "transitions for each alarm, more alarms beside 100 alarms, concurrency 1,000:", worse
    ).met


def test_lists_are_held_by_their_mean_and_by_the_most_of_any_execution() -> None:
    several = end(300, lists=[1, 1, 1, 5])

    assert found("lists of AppConfig, the mean of executions, 100 alarms", several).measured == 2
    assert found("lists of AppConfig, the most of any execution", several).measured == 5


def test_of_storms_that_tie_a_bar_names_the_largest() -> None:
    assert found("deployments").what.endswith(": 1,000 alarms, seed 1")
    assert found("executions and watches red").what.endswith(": 1,000 alarms, seed 1")


def test_every_size_is_blown_with_and_without_cloudwatchs_limits() -> None:
    sizes = {
        limits: {each.size for each in storms() if each.cloudwatch == limits and each.size >= 100}
        for limits in ("unlimited", "alarms", "tags")
    }

    assert sizes["unlimited"] == sizes["alarms"] == sizes["tags"] == {100, 300, 1000}
