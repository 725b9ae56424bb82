"""A Pass state is over too soon to be caught in it: its rule of redriving is tested by itself."""

from __future__ import annotations

from typing import Any

import pytest
from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps.stepfunctions import redrive

PASS = {"Type": "Pass", "Result": "never seen", "Next": "Done"}


@pytest.fixture
def record() -> dict[str, Any]:
    """An execution that stood in the Pass."""
    definition = {"States": {"Note": PASS, "Done": {"Type": "Succeed"}}}
    return {
        "position": ("Note", {"a": 1}),
        "entered": True,
        "machine": {"definition": definition},
    }


@pytest.mark.parametrize(
    ("ended", "told", "goes_on"),
    [
        ("TIMED_OUT", ["PassStateExited"], ("Done", {"a": 1}, {})),
        ("ABORTED", [], ("Note", {"a": 1}, {"entered": True})),
    ],
)
def test_a_pass_is_exited_not_executed_after_a_timeout(
    monkeypatch: pytest.MonkeyPatch,
    record: dict[str, Any],
    ended: str,
    told: list[str],
    goes_on: tuple[str, dict[str, Any], dict[str, bool]],
) -> None:
    events: list[str] = []
    walks: list[tuple[str, object, dict[str, bool]]] = []

    def add_event(_record: object, kind: str, _details: object) -> None:
        events.append(kind)

    def walk(_record: object, name: str, data: object, **more: bool) -> None:
        walks.append((name, data, more))

    monkeypatch.setattr(stepfunctions, "_add_event", add_event)
    monkeypatch.setattr(redrive, "walk", walk)
    redrive._resume(record, ended)
    assert events == told
    assert walks == [goes_on]
