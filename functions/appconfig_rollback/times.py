"""Times as the state data has them: UTC, ISO 8601, to the millisecond, ending in `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Write a moment as the state data has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read an ISO 8601 time as AWS writes it (`Z`, `+0000`, 0 to 9 fractional digits).

    Raises:
        ValueError: the text is no such time.
    """
    read = datetime.fromisoformat(text)
    try:
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error


def seconds_between(earlier: str, later: str) -> float:
    """Measure how many seconds passed between two such times; 0 where the clocks disagree."""
    return max((moment(later) - moment(earlier)).total_seconds(), 0.0)
