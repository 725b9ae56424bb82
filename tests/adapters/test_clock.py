"""What is not there yet is looked for again after pauses, none of which is like another's."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from appconfig_rollback.adapters import clock


@pytest.mark.parametrize("share", [0.75, 1.25])
def test_it_is_looked_again_after_longer_and_longer_pauses_with_jitter(
    monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(clock, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(random, "uniform", lambda least, most: {(0.75, 1.25): share}[least, most])

    assert len(list(clock.looks())) == 5
    assert pauses == [0.5 * share, 1.0 * share, 1.5 * share, 2.0 * share]
