"""What the page of `make storms` says of storms that went badly, and where its numbers are from."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from appconfig_rollback.guarding import AlarmNames
from flag_rollback.guards import guard
from flag_rollback.until_off import exposure as doctors
from local.cloud import REPOSITORY
from proofs.benchmarks.tables import Table
from proofs.storms import costs, exposure, paper
from proofs.storms.report import page
from proofs.storms.storm import blow
from tests.contract.test_papers import tables
from tests.proofs.storms.ends import all_kinds, end

if TYPE_CHECKING:
    from proofs.storms.ended import Ended

BESIDE = Table("The same storm", ("", "embedded cloud", "simulated"), ())


def written(*others: Ended) -> str:
    """The page, each run of white space a blank."""
    return re.sub(r"\s+", " ", page(all_kinds(*others), BESIDE))


def test_a_storm_that_leaves_flags_on_says_how_many_and_is_never_off() -> None:
    on = [f"flag-{number}" for number in range(700)]
    bad = end(1000, cloudwatch="tags", still_on=on, red=["a"] * 650, off_seconds=math.inf)

    (row,) = [
        dict(zip(first, row, strict=True))
        for first, *rows in tables(page(all_kinds(bad), BESIDE))
        for row in rows
        if "still on" in first and row[first.index("still on")] == "700"
    ]

    assert (row["red"], row["last flag off"], row["all told"]) == ("650", "never", "20.0 s")
    assert (
        "of 1,000 alarms 700 flags were still on when all had ended, and 650 executions and "
        "watches were red"
    ) in written(bad)


def test_the_page_says_what_the_two_kinds_of_storm_are_held_to() -> None:
    said = written()

    assert "less than two thirds or more than three halves" in said
    assert "compares no times and no lists" in said
    assert "counted for each operation by itself" in said
    assert "one second's worth may come at once" in said


def test_the_page_explains_each_number_of_lists_that_a_storm_has() -> None:
    explained = {int(found) for found in re.findall(r"^  - (\d) ", page(all_kinds(), BESIDE), re.M)}

    assert explained == {1, 2, 3, 4, 5}
    assert set(blow(end(30).storm).lists) <= explained


def test_the_limit_of_flags_is_not_said_to_spare_lists() -> None:
    said = paper.table(end(1000)).note

    assert "its default, 0, is no limit" in said
    assert "not the lists" in said


def test_too_large_a_version_is_said_to_leave_the_run_its_own_flag() -> None:
    (row,) = (row for row in paper.table(end(1000)).rows if row[0].endswith("size of a version"))

    assert "goes on with its own flag alone" in row[-1]
    assert "red" not in row[-1]


def test_the_watchs_transitions_are_the_priced_ones_without_the_rollbacks() -> None:
    alone = end(1, transitions=16.0)

    assert "44 transitions, 28 of them the watch's" in costs.table(alone).note


def test_the_storms_and_doctor_add_up_the_same_parts() -> None:
    alone = end(1, slowest_off_seconds=2.4)
    for (period, bad), stages in zip(exposure.ALARMS, exposure.ways(alone).values(), strict=True):
        alarm = {"AlarmName": "FeatureFlag-a-ErrorRate", "Period": period, "EvaluationPeriods": bad}
        guarding = guard(alarm, {}, AlarmNames("FeatureFlag-", "-ErrorRate"))
        assert guarding
        told = doctors(guarding, 2.4, 45)
        assert told
        assert {stage.name: stage.seconds for stage in stages} == told.parts


def test_the_sums_are_upper_bounds_with_the_first_period_and_the_wait_for_evaluation() -> None:
    rows = exposure.table(end(1, slowest_off_seconds=2.4)).rows

    assert [row[-1] for row in rows if row[1] == "all"] == [
        f"{60 + 120 + 60 + 2 + 2.4 + 45:.1f}",
        f"{10 + 30 + 10 + 2 + 2.4 + 45:.1f}",
    ]


def test_the_alarms_are_those_of_the_examples() -> None:
    text = (REPOSITORY / "examples" / "alarms.yaml").read_text("utf-8")
    lines = re.findall(r"\b(Period|DatapointsToAlarm): (\d+)$", text, re.M)
    shown = {
        (int(seconds), int(points))
        for (first, seconds), (then, points) in pairwise(lines)
        if (first, then) == ("Period", "DatapointsToAlarm")
    }

    assert shown == set(exposure.ALARMS)
