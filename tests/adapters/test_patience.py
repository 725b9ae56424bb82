"""What is throttled is asked anew, but not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appconfig_rollback.adapters import clock
from appconfig_rollback.adapters.patience import patiently
from appconfig_rollback.errors import PermissionDeniedError, RetryLaterError

NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)


class Aws:
    """Refuses so many times; each call takes so many seconds."""

    def __init__(self, *refusals: Exception, takes: float = 0) -> None:
        self.refusals = list(refusals)
        self.takes = timedelta(seconds=takes)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return "answer"

    def now(self) -> datetime:
        return NOW + self.asked * self.takes


def _throttled(times: int) -> list[Exception]:
    return [RetryLaterError(f"no. {number + 1}") for number in range(times)]


@pytest.mark.parametrize("times", [0, 1, 4])
def test_an_answer_comes_after_some_refusals(times: int) -> None:
    assert patiently(Aws(*_throttled(times)), datetime.now(UTC) + timedelta(minutes=1)) == "answer"


def test_after_five_refusals_the_last_is_the_error() -> None:
    aws = Aws(*_throttled(9))

    with pytest.raises(RetryLaterError, match=r"^no\. 5$"):
        patiently(aws, datetime.now(UTC) + timedelta(minutes=1))
    assert aws.asked == 5


def test_another_error_is_told_at_once() -> None:
    aws = Aws(PermissionDeniedError("no right"))

    with pytest.raises(PermissionDeniedError):
        patiently(aws, datetime.now(UTC) + timedelta(minutes=1))
    assert aws.asked == 1


@pytest.mark.parametrize(
    ("seconds", "asked", "told"),
    [
        (-1, 0, "there was no time left to ask AWS"),
        (0, 1, "no. 1"),
        (9, 2, "no. 2"),
        (10, 3, "no. 3"),
    ],
)
def test_nobody_is_asked_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch, seconds: float, asked: int, told: str
) -> None:
    aws = Aws(*_throttled(9), takes=5)
    monkeypatch.setattr(clock, "now", aws.now)

    with pytest.raises(RetryLaterError, match=f"^{told}$"):
        patiently(aws, NOW + timedelta(seconds=seconds))
    assert aws.asked == asked
