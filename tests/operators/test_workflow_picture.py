"""The README shows the workflow that ships."""

from __future__ import annotations

import json

from local.workflow_picture import DEFINITION, README, with_picture


def test_the_readmes_picture_is_that_of_the_state_machine() -> None:
    readme = README.read_text("utf-8")
    definition = json.loads(DEFINITION.read_text("utf-8"))

    assert with_picture(readme, definition) == readme, "bring it up to date with: make picture"
