"""The table of `make permissions` is about the template that ships, and about tests there are."""

from __future__ import annotations

import ast
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.cloud import REPOSITORY
from local.stack import TEMPLATE
from local.template_permissions import permissions
from proofs.permissions.noticed_by import NOTICED_BY


def test_every_permission_of_the_template_has_its_test_and_no_other() -> None:
    shipped = permissions(yaml_parse(TEMPLATE.read_text("utf-8")))

    assert sorted(NOTICED_BY) == sorted(shipped)


def test_the_tests_are_there() -> None:
    for test in set(NOTICED_BY.values()):
        path, _, name = test.partition("[")[0].partition("::")
        module = ast.parse((REPOSITORY / Path(path)).read_text("utf-8"))
        assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
