"""Times are read and written in UTC, wherever the process runs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.times import iso, moment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_tokyo")
def test_a_time_is_written_in_utc_whatever_the_machines_zone() -> None:
    assert iso(datetime(2026, 3, 2, 17, tzinfo=UTC)) == "2026-03-02T17:00:00.000Z"
    east = timezone(timedelta(hours=2))
    assert iso(datetime(2026, 3, 2, 17, tzinfo=east)) == "2026-03-02T15:00:00.000Z"


@pytest.mark.usefixtures("_in_tokyo")
def test_a_time_without_a_zone_is_read_as_utc() -> None:
    assert moment("2026-03-02T17:00:00") == datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_a_time_beyond_those_that_there_are_is_refused_by_its_text() -> None:
    with pytest.raises(ValueError, match=r"^'0001-01-01T00:00:00\+14:00' is out of range$"):
        moment("0001-01-01T00:00:00+14:00")
