"""docs/production.md, walked command by command: what it says is printed is what is printed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import botocore.session
import pytest
from botocore import xform_name

from tests.deploying.walk import PAGE, Walk, a_cloud, as_shown, blocks, plain

if TYPE_CHECKING:
    from pathlib import Path

TEXT = PAGE.read_text("utf-8")
#: Options of the AWS CLI itself.
_OF_THE_CLI = {"query", "output"}


@pytest.mark.cloud
@pytest.mark.timeout(400)
def test_each_command_does_what_the_page_says_and_prints_it(tmp_path: Path, tools: Path) -> None:
    with a_cloud() as cloud:
        walk = Walk(cloud, tmp_path, tools)
        for block in blocks(TEXT):
            if not block.is_only_shown:
                printed = as_shown(block.printed or "", walk.types(block))
                assert plain(printed) == plain(block.printed or ""), (
                    f"{block.typed}: where that is right, run `python -m tests.deploying.walk`"
                )


def test_what_is_only_shown_is_marked_so_and_names_what_aws_has() -> None:
    shown = [block for block in blocks(TEXT) if block.is_only_shown]

    assert len(shown) == TEXT.count("*Shown") + TEXT.count(", *shown*.")
    for block in shown:
        _, service, name, *options = shlex.split(block.typed)
        model = botocore.session.get_session().get_service_model(service)
        (operation,) = [
            model.operation_model(each)
            for each in model.operation_names
            if xform_name(each, "-") == name
        ]
        assert operation.input_shape
        takes = {xform_name(member, "-") for member in operation.input_shape.members}
        given = {word.removeprefix("--") for word in options if word.startswith("--")}
        assert given - _OF_THE_CLI <= takes
        required = {xform_name(each, "-") for each in operation.input_shape.required_members}
        assert required <= given


def test_every_step_with_a_command_says_what_it_prints() -> None:
    silent = [block.typed for block in blocks(TEXT) if block.printed is None]

    assert all(typed.startswith(("aws chatbot", "aws cloudtrail")) for typed in silent)
    assert not re.search(r"^```text\n```$", TEXT, re.M)
