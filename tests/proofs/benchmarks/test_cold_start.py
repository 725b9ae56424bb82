"""The measurement of cold starts covers every function, and sees who imports the SDK."""

from __future__ import annotations

import pytest

from proofs.benchmarks.cold_start import _FUNCTION, FUNCTIONS, SERVICES, _run


def test_every_function_is_measured() -> None:
    assert SERVICES.keys() == {path.stem for path in FUNCTIONS.glob("*.py")}


@pytest.mark.thorough
def test_who_makes_no_client_starts_without_the_sdk() -> None:
    _, without = _run(_FUNCTION, "parse_alarm")
    _, with_client = _run(_FUNCTION, "parse_alarm", "sns")
    assert (without, with_client) == (True, False)
