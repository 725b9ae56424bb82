"""Whatever the width: no word or id is broken, and the least useful column goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style
from rich.text import Text

from flag_rollback import printing
from flag_rollback.execution.ending import Ending
from flag_rollback.execution.table import table
from flag_rollback.execution.terminal import COLOURS, summary, timeline
from flag_rollback.execution.visits import Try, Visit, culprits
from flag_rollback.layout import Column, Paragraph, Rows
from tests.operators.reports import FAILURE, ON
from tests.operators.reports import report as report_of
from tests.operators.test_told import NOW, TURNED_OFF, execution

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTHS = [60, 80, 120, 200]
FAILED = replace(
    execution(
        None,
        "FAILED",
        error="PermissionDeniedError",
        name="2f1c9d70-5c1e-8e5d-7a63-0123456789ab_8c1e5d70-1c1e-8e5d-7a63-0123456789ab",
        ending=Ending("CreateVersion", {}),
    ),
    alarm="FeatureFlag-new-checkout-ErrorRate",
)


def shown(renderable: RenderableType, width: int) -> str:
    to = printing.console()
    to.width, to.file = width, StringIO()
    to.print(renderable)
    return to.file.getvalue()


def visit(state: str, status: str = "succeeded", error: str = "", attempt: int = 0) -> Visit:
    tries = [Try(NOW, NOW, error)] if error else []
    left = NOW + timedelta(seconds=state == "ParseAlarm")
    return Visit(state, "Task", attempt, NOW, left=left, status=status, tries=tries)  # type: ignore[arg-type]


VISITS = [
    visit("ParseAlarm"),
    visit("CreateVersion", "caught", "RefreshRequiredError"),
    visit("WaitForTurn"),
    visit("CreateVersion", "caught", "FeatureFlagsProfileRequiredError"),
    visit("MarkFailure"),
    visit("NotifyFailure"),
    visit("AwaitRedrive", "failed", "FeatureFlagsProfileRequiredError"),
]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_of_executions_breaks_no_word(width: int) -> None:
    seen = shown(table([execution(TURNED_OFF), FAILED]), width)

    assert max(map(len, seen.splitlines())) <= width
    for word in ("FAILED", "CreateVersion:", "PermissionDeniedError;", "2f1c9d70-5c1e", "17:05:00"):
        assert word in seen.split(), seen
    assert (str(FAILED.alarm) in seen) == (width >= 120), seen


def test_two_executions_never_look_the_same() -> None:
    runs = [execution(TURNED_OFF, name=f"replay-0123456789-{end}") for end in ("a", "b")]

    assert {"replay-0123456789-a", "replay-0123456789-b"} <= set(shown(table(runs), 80).split())


@pytest.mark.parametrize("width", WIDTHS)
def test_the_timeline_breaks_no_word(width: int) -> None:
    seen = shown(timeline(VISITS, NOW), width)

    assert max(map(len, seen.splitlines())) <= width
    for word in ("ParseAlarm", "FeatureFlagsProfileRequiredError", "RefreshRequiredError"):
        assert word in seen.split(), seen
    assert ("━" in seen) == (width >= 120)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_verdict_breaks_no_word(width: int) -> None:
    report = report_of("", ON, failure=FAILURE)
    seen = shown(summary(report), width)

    assert "flag-rollback redrive run-1\n" in seen
    assert {"ExperimentLeftRunningError", "new-checkout", "run-1"} <= set(seen.split())


def test_a_flag_with_a_very_long_name_is_still_one_word() -> None:
    name = "checkout-" + "x" * 90
    seen = shown(table([execution(None, "FAILED", flags=(name,))]), 80)

    assert name in seen
    assert "run-1" in seen


def test_what_an_attempt_failed_for_is_red_and_nothing_else() -> None:
    states = [VISITS[place].state for place in culprits(VISITS)]
    rows = timeline(VISITS, NOW).rows
    red = [row[1].plain for row in rows if "red" in (str(row[0].style), str(row[1].style))]

    assert states == ["CreateVersion"]
    assert red == ["CreateVersion"]
    assert rows[3][6].plain == "FeatureFlagsProfileRequiredError"
    assert [row[0].plain for row in rows] == ["✓", "!", "✓", "✗", "✓", "✓", "·"]
    reds = {1, 9}  # of a terminal with 16 colours
    for colour in (Style.parse(style).color for style in COLOURS.values()):
        assert colour is None or colour.downgrade(ColorSystem.STANDARD).number not in reds


@pytest.mark.parametrize(
    ("visits", "guilty"),
    [
        ([visit("A"), visit("B", "aborted", "Enough")], set()),
        ([visit("A"), visit("B", "failed", "States.Timeout")], {1}),
        (
            [visit("RestoreMonitors", "caught", "E"), visit("MarkNotRestored"), visit("X")],
            {0},
        ),
        (
            [
                visit("A", "caught", "E"),
                visit("MarkFailure"),
                visit("AwaitRedrive", "failed", "E"),
                visit("AwaitRedrive", attempt=1),
                visit("B", "caught", "F", attempt=1),
                visit("MarkFailure", attempt=1),
                visit("AwaitRedrive", "failed", "F", attempt=1),
            ],
            {0, 4},
        ),
    ],
)
def test_each_attempt_has_one_culprit_at_most(visits: list[Visit], guilty: set[int]) -> None:
    assert culprits(visits) == guilty


texts = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=90)
prose = st.lists(texts, min_size=1, max_size=12).map(" ".join)


@given(prose, st.integers(20, 200), st.integers(0, 14))
def test_a_paragraph_holds_every_word_whole(text: str, width: int, indent: int) -> None:
    seen = shown(Paragraph(Text("why"), Text(text), indent), width)

    assert " ".join(seen.split()).removeprefix("why").split() == text.split()
    for line in seen.splitlines():
        assert len(line) <= width or len(line.split()) == 1, line


@given(st.lists(st.tuples(texts, prose, texts), min_size=1, max_size=5), st.integers(20, 200))
def test_a_table_holds_every_word_of_what_must_stay(
    cells: list[tuple[str, str, str]], width: int
) -> None:
    columns = [Column("id"), Column("what", prose=True), Column("more", worth=1)]
    rows = Rows(columns, [list(map(Text, row)) for row in cells])

    seen = shown(rows, width).split()

    for first, second, _ in cells:
        assert {first, *second.split()} <= set(seen)
