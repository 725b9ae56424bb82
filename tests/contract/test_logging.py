"""What the functions write into their log lines."""

from __future__ import annotations

import ast

from tests.contract.shipped import FUNCTIONS, tree


def test_what_is_ours_in_a_line_is_under_one_key() -> None:
    # Lambda's formatter and the standard logging have taken many other names.
    extras = {
        ast.unparse(keyword.value.func if isinstance(keyword.value, ast.Call) else keyword.value)
        for path in FUNCTIONS.rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger.")
        for keyword in node.keywords
        if keyword.arg != "exc_info"
    }
    assert extras == {"ours"}
