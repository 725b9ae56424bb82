"""Pages and dashboard: whatever the texts in them are, they are text."""

from __future__ import annotations

import pytest

from flag_rollback.dashboard import pages
from flag_rollback.dashboard.kept import Held
from flag_rollback.dashboard.reading import Flags, Runs
from flag_rollback.execution.searching import Search, Wanted
from flag_rollback.picture import page
from tests.hostile import reports
from tests.hostile.texts import ALL, IDS, TOGETHER, outline, steering
from tests.operators.reports import NOW, OFF, ON

pytestmark = pytest.mark.thorough


#: Between them they have all parts of a page.
SCENES_OF_ALL_PARTS = ("rolled-back", "failed-before")


@pytest.mark.parametrize("scene", SCENES_OF_ALL_PARTS)
def test_no_text_becomes_an_element_an_attribute_or_a_link_of_a_page(scene: str) -> None:
    plain = outline(page.of(reports.report(scene, "plain"), live=True, home="/"))

    assert len(plain) > 100
    for text in TOGETHER:
        written = page.of(reports.report(scene, text), live=True, home="/")
        assert outline(written) == plain, ascii(text)
        assert steering(written) == [], ascii(text)


def test_what_a_live_page_puts_into_itself_is_escaped_as_well() -> None:
    plain = outline(page.model(reports.report("rolled-back", "plain"))["content"])

    for text in TOGETHER:
        model = page.model(reports.report("rolled-back", text))
        assert outline(model["content"]) == plain, ascii(text)
        assert steering(model["title"]) == [], ascii(text)


def _runs(text: str) -> str:
    found = Search([reports.execution(text)], 1)
    wanted = Wanted(flag=text, outcome=None, alarm=text)
    return pages.of_runs(text, wanted, Held(Runs(found, 2, more=True), text), None)


def _flags(text: str) -> str:
    flags = Flags({text: ON, text + "2": OFF}, {text: [text]}, NOW, text)
    return pages.of_flags(text, Held(flags, text))


@pytest.mark.parametrize("text", ALL, ids=IDS)
def test_no_text_becomes_more_than_text_on_the_dashboard(text: str) -> None:
    assert outline(_flags(text)) == outline(_flags("plain"))
    assert outline(pages.of_trouble(text, text)) == outline(pages.of_trouble("plain", "plain"))
    assert steering(_flags(text)) == []
    if not any("\ud800" <= each <= "\udfff" for each in text):  # an address has no halves
        assert outline(_runs(text)) == outline(_runs("plain"))
        assert steering(_runs(text)) == []


def test_input_that_is_nested_too_deeply_to_be_laid_out_is_shown_as_it_is() -> None:
    told = reports.report("rolled-back", "plain")
    deep = "[" * 100_000 + "]" * 100_000
    told.visits[1].input = deep

    shown = page.of(told)

    assert shown.count("[") > 100_000
