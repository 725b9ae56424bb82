"""What is computed from when calls and invocations began and ended."""

from __future__ import annotations

import pytest

from proofs.benchmarks.calls import billed_milliseconds, covered_seconds, longest_sequence


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], 0),
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 1), (0, 1), (0, 1)], 1),
        ([(0, 1), (0.5, 1.5), (2, 3)], 2),
        # A long one beside three short ones: they are the chain, in whatever order they are given.
        ([(0, 10), (4, 5), (1, 2), (8, 9)], 3),
        # The first to begin is no good beginning.
        ([(0, 5), (1, 2), (3, 4)], 2),
    ],
)
def test_the_longest_sequence_has_no_two_that_overlap(
    intervals: list[tuple[float, float]], expected: int
) -> None:
    assert longest_sequence(intervals) == expected


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [([], 0), ([(0, 1), (2, 4)], 3), ([(0, 3), (1, 2), (2, 5)], 5), ([(1, 2), (0, 4)], 4)],
)
def test_time_that_several_cover_counts_once(
    intervals: list[tuple[float, float]], expected: float
) -> None:
    assert covered_seconds(intervals) == expected


def test_each_invocation_is_billed_to_the_next_millisecond() -> None:
    assert billed_milliseconds([]) == 0
    assert billed_milliseconds([0.0101, 0.0101]) == 22
    assert billed_milliseconds([0.011]) == 11
    # What binary fractions add to 3.3 s is no millisecond.
    assert billed_milliseconds([3 * 1.1]) == 3300
