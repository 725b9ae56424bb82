"""The table of `make permissions` is about the template that ships, and about tests there are."""

from __future__ import annotations

import ast

from local.template_permissions import permissions
from proofs.permissions.noticed_by import NOTICED_BY
from tests.contract.shipped import ROOT, TEMPLATE, tree


def test_every_permission_of_the_template_has_its_test_and_no_other() -> None:
    shipped = permissions(TEMPLATE)

    assert sorted(NOTICED_BY) == sorted(shipped)


def test_the_tests_are_there() -> None:
    for test in set(NOTICED_BY.values()):
        path, _, name = test.partition("[")[0].partition("::")
        module = tree(ROOT / path)
        assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
