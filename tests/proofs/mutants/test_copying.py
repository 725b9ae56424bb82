"""The copy that is changed does what the project does, and mutmut passes over none of it."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import pytest

from local.cloud import REPOSITORY
from proofs.mutants.copying import FUNCTIONS, TESTS, undecorated

pytestmark = pytest.mark.thorough  # for libcst

_SOURCE = '''\
@outer("x")
@cache
def twice(a):
    """Double it."""
    @inner
    def double():
        return 2 * a
    return double()

class Shop:
    @cached_property
    def size(self):
        return 7

    @classmethod
    def made(cls):
        return cls()
'''


def test_decorators_are_called_below_the_function() -> None:
    written = undecorated(_SOURCE)

    assert [line.strip() for line in written.splitlines() if line.strip().startswith("@")] == [
        "@classmethod"
    ]
    names: dict[str, Any] = {
        "cache": cache,
        "cached_property": cached_property,
        "inner": lambda called: called,
        "outer": lambda word: lambda called: lambda a: (word, called(a)),
    }
    exec(written, names)  # noqa: S102 - that is what is written here
    assert names["twice"](2) == ("x", 4)
    assert names["Shop"].made().size == 7


def test_every_function_can_be_written_so() -> None:
    for path in FUNCTIONS.rglob("*.py"):
        compile(undecorated(path.read_text("utf-8")), str(path), "exec")


def test_the_folders_of_tests_are_there() -> None:
    assert all((REPOSITORY / folder).is_dir() for folder in TESTS)
