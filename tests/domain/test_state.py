"""Times are read as AWS writes them, and written in one form."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from appconfig_rollback.state import FlagOutcome, Outcome, Result, State, flags_off_at, strongest
from appconfig_rollback.times import iso, moment
from tests import samples

_AT = datetime(2026, 3, 2, 17, 4, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-03-02T17:04:40Z", 0),
        ("2026-03-02T17:04:40+0000", 0),
        ("2026-03-02T17:04:40.989Z", 989_000),
        ("2026-03-02T17:04:40.989+0000", 989_000),
        ("2026-03-02T17:04:40.989123Z", 989_123),
        ("2026-03-02T17:04:40.989123456Z", 989_123),
        ("2026-03-02T17:04:40.989123456+00:00", 989_123),
        ("2026-03-02T18:04:40.5+01:00", 500_000),
    ],
)
def test_every_form_of_a_time_is_read_as_utc(text: str, microseconds: int) -> None:
    read = moment(text)

    assert read == _AT.replace(microsecond=microseconds)
    assert read.tzinfo is UTC


def test_a_time_without_an_offset_is_utc_wherever_the_function_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as tokyo:
        tokyo.setenv("TZ", "JST-9")
        time.tzset()
        read = moment("2026-03-02T17:04:40")
    time.tzset()

    assert read == _AT


@pytest.mark.parametrize(
    "text", ["", "now", "2026-03-02T25:00:00Z", "0001-01-01T00:00:00+23:59", "1772471080"]
)
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment(text)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (_AT, "2026-03-02T17:04:40.000Z"),
        (_AT.replace(microsecond=989_999), "2026-03-02T17:04:40.989Z"),
        (_AT.astimezone(timezone(timedelta(hours=-8))), "2026-03-02T17:04:40.000Z"),
    ],
)
def test_a_time_is_written_in_utc_to_the_millisecond(at: datetime, text: str) -> None:
    assert iso(at) == text
    assert iso(moment(text)) == text


BY_ANOTHER = samples.flag_result(sweptBy="arn")
MINE = samples.flag_result()


@pytest.mark.parametrize(
    ("result", "off_at"),
    [
        (samples.result(), "confirmed"),
        (samples.result(flags=[BY_ANOTHER]), "looked"),
        (samples.result(flags=[BY_ANOTHER, MINE]), "confirmed"),
        (samples.result("rollout_stopped"), "looked"),
        (samples.result("experiment_stopped"), "looked"),
        (samples.result("already_off"), None),
        (samples.result("dry_run"), None),
        (samples.result("duplicate", flags=[]), None),
        (samples.result("ignored", flags=[]), None),
    ],
)
def test_the_moment_at_which_flags_went_off_is_known_where_this_alarm_was_the_reason(
    result: Result, off_at: str | None
) -> None:
    state: State = {
        "result": result,
        "config": samples.config(lookedAt="looked"),
        "deployment": samples.confirmed("confirmed"),
    }

    assert flags_off_at(state) == off_at


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        (["not_found", "already_off", "rolled_back"], "rolled_back"),
        (["experiment_stopped", "rollout_stopped"], "rollout_stopped"),
        (["dry_run", "experiment_stopped", "already_off"], "experiment_stopped"),
        (["dry_run", "already_off"], "dry_run"),
        (["opted_out", "not_found", "dry_run"], "dry_run"),
        (["opted_out", "not_found"], "ignored"),
    ],
)
def test_a_runs_outcome_is_the_strongest_of_its_flags(
    outcomes: list[FlagOutcome], outcome: Outcome
) -> None:
    assert strongest(samples.flag_result(outcome=each) for each in outcomes) == outcome
