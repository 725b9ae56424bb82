"""The shipped demo is well: whoever tries doctor first on it meets no false alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flag_rollback.checkup import CHECKS
from local.cloud import EmbeddedCloud
from local.demo import BY_NAME, BY_SERIES, FLAG, Guard, set_up
from tests.operators.person import Person

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cloud


@pytest.mark.parametrize("guard", [BY_NAME, BY_SERIES], ids=["name", "series"])
def test_doctor_finds_nothing_wrong_with_the_demo(
    guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with EmbeddedCloud(iam=True) as cloud:  # one of its own: another stack would be told of
        _, stack = set_up(cloud, guard=guard)
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)

        told = Person(stack.name).types("doctor", "--strict").output

    assert told.count("✓") == len(CHECKS)
    assert f"FeatureFlag-{FLAG}-ErrorRate" in told or guard is BY_SERIES
    assert f"Stack {stack.name} is ready for the next rollback." in told
    assert "rollback not measured yet" in told
