"""A few of the bytes of `make fuzz`, the same ones each time."""

from __future__ import annotations

import pytest
from hypothesis import settings

from proofs.fuzz.mutating import try_examples
from proofs.fuzz.targets import TARGETS, surroundings

#: Each makes clients of the SDK, which is slow.
_SLOW = {"the command line": 20}


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_are_read_or_refused_by_name(name: str) -> None:
    target, seeds = TARGETS[name]
    with surroundings():
        try_examples(target, seeds, min(settings().max_examples, _SLOW.get(name, 1000)))


def test_what_breaks_a_target_is_found() -> None:
    def target(data: bytes) -> None:
        assert b"\x1b" not in data

    with pytest.raises(AssertionError):
        try_examples(target, [b"abc"], 500)
