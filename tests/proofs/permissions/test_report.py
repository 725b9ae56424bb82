"""The page of `make permissions`, from what was seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from local.policies import names
from local.template_permissions import Permission
from proofs.permissions.calls import FOLDER, keep, kept
from proofs.permissions.report import Seen, page, rows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from local.users import User

POLL = Permission("CheckDeploymentFunction", "appconfig:GetDeployment")
TEST = "tests/workflow/test_rollback.py::test_a"


class _Asked:
    """Stands for a user who called two things, one of them on two resources."""

    def __init__(self) -> None:
        from local.asked import Question

        self.asked = [
            Question("me", action, resource, allowed=True)
            for action, resource in (("b:Two", "x"), ("a:One", "y"), ("a:One", "z"))
        ]


def test_a_permission_counts_only_if_a_test_failed_and_iam_denied_it() -> None:
    assert Seen(TEST, "", denied=True).noticed
    assert not Seen(TEST, "", denied=False).noticed
    assert not Seen(None, "", denied=True).noticed


def test_a_row_names_the_test_and_the_error_without_what_differs_from_run_to_run() -> None:
    error = "AssertionError: no deployment 41965b42-6e0c for a|b"
    *_, row = rows({POLL: Seen(TEST, error, denied=True)})

    assert row == (
        "| CheckDeploymentFunction | appconfig:GetDeployment | test_rollback.py::test_a | "
        "no deployment ... for a\\|b |"
    )


def test_what_nothing_notices_stands_out() -> None:
    *_, row = rows({POLL: Seen(None, "", denied=False)})

    assert "| **nothing** |" in row


def test_the_calls_that_a_test_keeps_are_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep("inspect", cast("User", _Asked()))
    assert not [*tmp_path.iterdir()], "nobody has asked for it"
    monkeypatch.setenv(FOLDER, str(tmp_path))

    keep("inspect", cast("User", _Asked()))

    assert json.loads((tmp_path / "inspect.json").read_text()) == [
        *(["a:One", "y"], ["a:One", "z"], ["b:Two", "x"])
    ]
    told = page({POLL: Seen(TEST, "no", denied=True)}, kept(tmp_path), 540)
    assert "| `policies/inspect.json` | a:One, b:Two |" in told
    assert "in 9 min" in told
    assert "1 of 1 permissions" in told


def test_every_policy_is_on_the_page_that_was_written() -> None:
    from local.cloud import REPOSITORY

    written = (REPOSITORY / "docs" / "proof" / "permissions.md").read_text("utf-8")

    for name in names():
        assert f"| `policies/{name}.json` | " in written
