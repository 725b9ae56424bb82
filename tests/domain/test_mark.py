"""A mark comes back from a description, which holds it on one short line of ASCII."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.mark import Mark, read_mark

_LONG = "\U0001f680\u00fc\u4f60 %=\n" * 60


def test_a_mark_names_who_wrote_what_because_of_what() -> None:
    mark = Mark("new-checkout", "FeatureFlag-new-checkout-ErrorRate", "2026-03-02T17:04Z", "run", 3)

    assert str(mark) == (
        "Automated rollback: flag=new-checkout alarm=FeatureFlag-new-checkout-ErrorRate "
        "transition=2026-03-02T17:04Z execution=run base=3"
    )


@given(st.text(max_size=15), st.text(max_size=15), st.text(max_size=15), st.integers(0, 10**9))
def test_a_mark_comes_back_as_it_was_made(flag: str, alarm: str, execution: str, base: int) -> None:
    mark = Mark(f"f{flag}", f"a{alarm}", "2026-03-02T17:04:40.989Z", f"e{execution}", base)

    assert read_mark(str(mark)) == mark


_NAMES = st.text(max_size=20) | st.sampled_from(["x" * 300, "\U0001f680" * 255, "\ud800", " "])


@given(_NAMES, _NAMES, _NAMES)
def test_a_mark_fits_into_a_header_whatever_the_names(
    flag: str, alarm: str, execution: str
) -> None:
    text = str(Mark(flag, alarm, "2026-03-02T17:04:40.989Z", execution, 10**9))

    assert text.isascii()
    assert text.isprintable()
    assert text == text.strip()
    assert len(text) <= 1024


@pytest.mark.parametrize("start", range(12))
@pytest.mark.parametrize("text", ["\U0001f680", "\u4f60", "\u00fc", "%", "=", "~"])
def test_a_mark_that_was_shortened_reads_back_as_the_same_text(start: int, text: str) -> None:
    mark = Mark("x" * start + text * 300, "a" * 255, "2026-03-02T17:04:40.989Z", "run", 3)

    assert len(str(mark)) <= 1024
    assert str(read_mark(str(mark))) == str(mark)


@pytest.mark.parametrize("name", ["run-1", "\u4f60" * 80, "x" * 80])
def test_an_execution_recognises_its_own_mark_even_where_its_name_was_shortened(name: str) -> None:
    mark = read_mark(str(Mark("a", "b", "t", name, 1)))

    assert mark
    assert mark.written_by(name)
    assert not mark.written_by(name + "x")
    assert not mark.written_by(name[:-1])


def test_names_that_differ_behind_the_cut_make_different_marks() -> None:
    one, other = (str(Mark(_LONG + end, "a", "t", "e", 1)) for end in "xy")

    assert one != other
    assert str(read_mark(one)) != str(read_mark(other))


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "released by hand",
        "flag=a alarm=b transition=c execution=d base=1",
        "Automated rollback: flag=a alarm=b transition=c execution=d",
        "Automated rollback: flag=a alarm=b transition=c execution=d base=x",
        "Automated rollback by somebody else",
    ],
)
def test_a_description_of_anything_else_is_no_mark(description: str | None) -> None:
    assert read_mark(description) is None
