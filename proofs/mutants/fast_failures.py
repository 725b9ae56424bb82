"""What pytest does in a run for a mutant: it only has to learn whether a test fails."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Try few examples, and look for no smaller one once one has failed."""
    settings.register_profile(
        "mutants",
        max_examples=40,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        report_multiple_bugs=False,
    )
    settings.load_profile("mutants")
