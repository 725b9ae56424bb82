"""The papers show the workflow that ships."""

from __future__ import annotations

import json

from local.workflow_picture import DEFINITION, PAPER, with_picture


def test_the_picture_is_that_of_the_state_machine() -> None:
    paper = PAPER.read_text("utf-8")
    definition = json.loads(DEFINITION.read_text("utf-8"))

    assert with_picture(paper, definition) == paper, "bring it up to date with: make picture"
