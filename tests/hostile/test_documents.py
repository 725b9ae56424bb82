"""Documents that are made to hurt are refused by name, or cost what their size costs."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.errors import RollbackError, UnreadableDocumentError
from tests.domain.documents import freeform, off

if TYPE_CHECKING:
    from collections.abc import Callable

#: AppConfig's largest document (AWS General Reference, AppConfig quotas): 2 MB after a raise.
LARGEST = 2 << 20


def flags(count: int) -> str:
    return json.dumps({"flags": {f"flag-{n}": {"enabled": True} for n in range(count)}})


def one_flag_and(more: str) -> str:
    return '{"flags": {"flag-0": {"enabled": true}}, "more": ' + more + "}"


#: By how it grows: a document that turning a flag off has to go through.
GROWING: dict[str, Callable[[int], str]] = {
    "many flags": flags,
    "a key many times": lambda n: '{"flags": {"flag-0": {' + '"enabled": true,' * n + '"x": 1}}}',
    "a flag many times": lambda n: '{"flags": {' + '"flag-0": {"enabled": true},' * n + '"x": {}}}',
    "long numbers": lambda n: one_flag_and("1" * n * 8),
    "long texts": lambda n: one_flag_and(json.dumps("\\" * n * 4)),
    "many brackets": lambda n: one_flag_and("[" + "[]," * n * 4 + "[]]"),
    "white space": lambda n: one_flag_and(" " * n * 16 + "1"),
    "a list of flags": lambda n: json.dumps(
        [{"name": f"flag-{number}", "enabled": True} for number in range(n)]
    ),
    "rules": lambda n: json.dumps(
        {"flag-0": {"default": True, "rules": {f"r{i}": {"when_match": True} for i in range(n)}}}
    ),
}


def turned_off(text: str) -> str:
    document = freeform(text)
    assert document.is_on("flag-0")
    written = off(document, "flag-0")
    assert not freeform(written).is_on("flag-0")
    return written


def steps(text: str) -> int:
    """Count the calls that turning the flag off takes; a clock would tell of other programs."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        turned_off(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("grows", GROWING.values(), ids=GROWING)
def test_four_times_the_document_takes_four_times_the_steps(grows: Callable[[int], str]) -> None:
    assert steps(grows(800)) < 5 * steps(grows(200)) + 1000


@pytest.mark.parametrize("grows", GROWING.values(), ids=GROWING)
def test_the_memory_is_bounded_by_the_size(grows: Callable[[int], str]) -> None:
    text = grows(500)
    tracemalloc.start()
    try:
        turned_off(text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # A value takes an object of some 500 bytes; the least that has one in here has 3 characters.
    assert most < 300 * len(text) + (4 << 20)


@pytest.mark.parametrize("deep", [200, 100_000, LARGEST // 2])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["lists", "keys"]
)
def test_what_is_nested_too_deeply_is_refused_by_name_or_turned_off(
    opening: str, closing: str, deep: int
) -> None:
    text = one_flag_and((opening * deep + "1" + closing * deep)[:LARGEST])
    if deep <= 200:
        assert "true" not in turned_off(text)
        return
    with pytest.raises(UnreadableDocumentError, match="nested"):
        turned_off(text)


@pytest.mark.parametrize(
    "more", ["1e400", "-1e-400", "1" * 5000, "0.1" + "0" * 5000, '"\\ud800"', '"\\u0000"']
)
def test_odd_values_stay_as_they_are_written(more: str) -> None:
    assert turned_off(one_flag_and(more)).endswith(f'"more": {more}}}')


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "{'a': 1}", "{} {}", "\ufeff{}", "", "\x00", "\x1b[2J", "<a/>"]
)
def test_what_is_no_json_is_refused_by_name(text: str) -> None:
    with pytest.raises(RollbackError) as refused:
        turned_off(text)

    assert str(refused.value).isprintable()
