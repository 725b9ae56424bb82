"""A mark comes back from a description, which holds it on one short line of ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.mark import Mark, description, read_mark
from tests import samples

if TYPE_CHECKING:
    from appconfig_rollback.state import Alarm

_LONG = "\U0001f680\u00fc\u4f60 %=\n" * 60


def test_a_mark_names_who_wrote_what_because_of_what() -> None:
    mark = Mark(1, "FeatureFlag-new-checkout-ErrorRate", None, "2026-03-02T17:04Z", "run", 3)

    assert str(mark) == (
        "Automated rollback: flags=1 alarm=FeatureFlag-new-checkout-ErrorRate "
        "transition=2026-03-02T17:04Z execution=run base=3"
    )


def test_a_description_counts_the_flags_that_were_swept_along() -> None:
    written = description(samples.alarm(), samples.execution(), 3, 7)

    assert written.startswith("Automated rollback: flags=7 alarm=")


@pytest.mark.parametrize("length", [1, 90])
def test_a_name_is_readable_in_a_mark(length: int) -> None:
    name = "a/b:(c)-_.~" * length

    assert f" alarm={name[:260]}" in str(Mark(1, name, None, "t", "run", 3))


def test_names_without_an_encoding_have_a_mark_however_long() -> None:
    mark = Mark(1, "\ud800" * 300, None, "t", "run", 3)

    assert str(read_mark(str(mark))) == str(mark)


def test_what_a_person_did_says_so_and_who_and_why() -> None:
    alarm = samples.alarm(namedBy="person", alarmName="by-hand-1", reason="ann: \u00fcber\nlimit")

    written = description(alarm, samples.execution("by-hand-1"), 3)

    assert written == (
        "Turned off by hand: flags=1 alarm=by-hand-1 transition=2026-03-02T17:04:40.989Z "
        "execution=by-hand-1 base=3 ann: \\xfcber limit"
    )
    mark = read_mark(written)
    assert mark is not None
    assert mark.by_hand
    assert mark.written_by("by-hand-1")


def test_a_long_reason_cuts_itself_and_not_the_mark() -> None:
    alarm = samples.alarm(namedBy="person", alarmName=_LONG, reason="x" * 5000)

    written = description(alarm, samples.execution(_LONG), 3)

    assert len(written) <= 1024
    assert read_mark(written) == read_mark(str(Mark.of(alarm, samples.execution(_LONG), 3)))


def test_an_alarm_leaves_its_mark_alone() -> None:
    alarm, execution = samples.alarm(), samples.execution()

    assert description(alarm, execution, 3) == str(Mark.of(alarm, execution, 3))
    assert "12.7" not in description(alarm, execution, 3)


def test_a_mark_names_the_series_of_an_alarm_that_has_several() -> None:
    mark = Mark(3, "checkout errors", "6d442278", "2026-03-02T17:04Z", "run", 3)

    assert str(mark) == (
        "Automated rollback: flags=3 alarm=checkout%20errors contributor=6d442278 "
        "transition=2026-03-02T17:04Z execution=run base=3"
    )


@given(
    st.integers(1, 50),
    st.none() | st.text(min_size=1, max_size=15),
    st.text(max_size=15),
    st.text(max_size=15),
    st.integers(0, 10**9),
)
def test_a_mark_comes_back_as_it_was_made(
    flags: int, contributor: str | None, alarm: str, execution: str, base: int
) -> None:
    at = "2026-03-02T17:04:40.989Z"
    mark = Mark(flags, f"a{alarm}", contributor, at, f"e{execution}", base)

    assert read_mark(str(mark)) == mark


_NAMES = st.text(max_size=20) | st.sampled_from(["x" * 300, "\U0001f680" * 255, "\ud800", " "])


@given(_NAMES, _NAMES, _NAMES)
def test_a_mark_fits_into_a_header_whatever_the_names(
    contributor: str, alarm: str, execution: str
) -> None:
    text = str(Mark(50, alarm, contributor, "2026-03-02T17:04:40.989Z", execution, 10**9))

    assert text.isascii()
    assert text.isprintable()
    assert text == text.strip()
    assert len(text) <= 1024


@pytest.mark.parametrize("start", range(12))
@pytest.mark.parametrize("text", ["\U0001f680", "\u4f60", "\u00fc", "%", "=", "~"])
def test_a_mark_that_was_shortened_reads_back_as_the_same_text(start: int, text: str) -> None:
    mark = Mark(1, "x" * start + text * 300, "a" * 255, "2026-03-02T17:04:40.989Z", "run", 3)

    assert len(str(mark)) <= 1024
    assert str(read_mark(str(mark))) == str(mark)


@pytest.mark.parametrize("name", ["run-1", "\u4f60" * 80, "x" * 80])
def test_an_execution_recognises_its_own_mark_even_where_its_name_was_shortened(name: str) -> None:
    mark = read_mark(str(Mark(1, "b", None, "t", name, 1)))

    assert mark
    assert mark.written_by(name)
    assert not mark.written_by(name + "x")
    assert not mark.written_by(name[:-1])


def test_names_that_differ_behind_the_cut_make_different_marks() -> None:
    one, other = (str(Mark(1, _LONG + end, None, "t", "e", 1)) for end in "xy")

    assert one != other
    assert str(read_mark(one)) != str(read_mark(other))


@pytest.mark.parametrize(
    "description",
    [
        None,
        "",
        "released by hand",
        "flags=1 alarm=b transition=c execution=d base=1",
        "Automated rollback: flags=1 alarm=b transition=c execution=d",
        "Automated rollback: flags=1 alarm=b transition=c execution=d base=x",
        "Automated rollback: flags=a alarm=b transition=c execution=d base=1",
        "Automated rollback by somebody else",
    ],
)
def test_a_description_of_anything_else_is_no_mark(description: str | None) -> None:
    assert read_mark(description) is None


def _series(number: int) -> Alarm:
    contributor = {"id": f"{number:016x}", "attributes": {"FeatureFlagName": f"flag-{number}"}}
    return samples.alarm(f"flag-{number}", alarmName="errors by flag", contributor=contributor)


def test_a_hundred_series_of_one_alarm_at_one_moment_are_a_hundred_transitions() -> None:
    alarms = [_series(number) for number in range(100)]
    marks = [read_mark(str(Mark.of(alarm, samples.execution(), 3))) for alarm in alarms]

    for number, mark in enumerate(marks):
        assert mark
        assert [at for at in range(100) if mark.same_transition(alarms[at])] == [number]
        assert [at for at in range(100) if mark.same_alarm(alarms[at])] == [number]


@pytest.mark.parametrize("one_is", [True, False])
def test_an_alarm_and_one_of_its_series_are_not_the_same_transition(*, one_is: bool) -> None:
    series = _series(1)
    whole = samples.alarm("flag-1", alarmName="errors by flag")
    wrote, asks = (series, whole) if one_is else (whole, series)

    assert not Mark.of(wrote, samples.execution(), 3).same_transition(asks)


def test_series_are_told_apart_behind_the_cut_of_a_long_id() -> None:
    one, other = (
        samples.alarm(contributor={"id": "x" * 300 + end, "attributes": {}}) for end in "12"
    )
    mark = read_mark(str(Mark.of(one, samples.execution(), 3)))

    assert mark
    assert mark.same_transition(one)
    assert not mark.same_transition(other)
