"""The documents whose state data is measured."""

from __future__ import annotations

import json

import pytest

from proofs.benchmarks.sites import FLAG
from proofs.benchmarks.state_data import SIZES, document


@pytest.mark.parametrize("size", SIZES)
def test_a_document_has_the_size_that_is_asked_for(size: int) -> None:
    text = document(size)
    assert len(text.encode()) == size
    assert json.loads(text)["flags"][FLAG]["enabled"] is True
