"""Makes bytes from samples: cut, spliced, doubled, and with odd bytes in them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ODD = [
    *(b"", b"\0", b"{}", b"[]", b'"', b"\\", b",", b":", b"null", b"true", b"false", b"1e400"),
    *(b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\x1b[2J", b"\r\n", b"--", b"enabled", b"a"),
]
_BATCH = 500


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A sample with up to six changes, or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=64))
    data = draw(st.sampled_from(list(seeds)))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        other = draw(st.sampled_from([*_ODD, data[start:end] * 2, data[end : end + 30]]))
        data = data[:start] + other + data[end:]
    return data


def try_examples(
    target: Callable[[bytes], None], seeds: Sequence[bytes], count: int, number: int = 0
) -> None:
    """Try so many examples, the same ones for the same number; raises what breaks a target."""

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=mutated(seeds))
    def each(data: bytes) -> None:
        target(data)

    each()


def try_for(target: Callable[[bytes], None], seeds: Sequence[bytes], seconds: float) -> int:
    """Try examples for a while; returns how many."""
    tried, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        try_examples(target, seeds, _BATCH, number=tried)
        tried += _BATCH
    return tried
