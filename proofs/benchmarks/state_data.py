"""The state data of a rollback, for documents of different sizes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.benchmarks.sites import FLAG

if TYPE_CHECKING:
    from proofs.benchmarks.sites import Site

#: 1 KB, 100 KB, and what AppConfig's limit of 2 MB for a hosted version leaves after the edit.
SIZES = (1_000, 100_000, 2_090_000)


@dataclass(frozen=True)
class StateData:
    """How large a document was, and the largest input or output of the execution, in bytes."""

    document: int
    largest: int


def measure(site: Site) -> list[StateData]:
    """Roll back once with each size of document."""
    found = []
    for size in SIZES:
        text = document(size)
        run = site.run(cold=False, network_seconds=0, document=text)
        found.append(StateData(len(text.encode()), run.largest_state_data()))
    return found


def document(size: int) -> str:
    """Make a document of many flags with exactly so many characters, all of them ASCII."""
    flags: dict[str, object] = {FLAG: {"enabled": True, "rolloutPercentage": 50}}
    description = "x" * 100
    one = len(json.dumps({"other-000000": {"enabled": True, "description": description}}))
    for number in range((size - 400) // one):
        flags[f"other-{number:06}"] = {"enabled": True, "description": description}
    flags["filler"] = {"enabled": False, "description": ""}
    missing = size - len(json.dumps({"flags": flags}))
    flags["filler"] = {"enabled": False, "description": "y" * missing}
    return json.dumps({"flags": flags})
