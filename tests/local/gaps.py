"""How a gap is tested: one check, run on both clouds.

With the gap filled the check must hold; on MiniStack as it is it must fail. The day MiniStack
has learnt it, the second run passes, which strict xfail reports as a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

on_both_clouds = pytest.mark.parametrize(
    "cloud",
    [
        "filled",
        pytest.param(
            "plain",
            marks=pytest.mark.xfail(
                strict=True,
                reason="MiniStack does this itself by now: delete the gap from local/gaps",
            ),
        ),
    ],
    indirect=True,
)


def patience(cloud: EmbeddedCloud) -> float:
    """How long to wait for what is to come, in seconds: behind an open gap it may never come."""
    return 60 if cloud.filled else 3
