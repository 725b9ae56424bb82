"""What `make mutants` says of a mutant is true of the module that was changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from proofs.mutants.harmless import gone, is_wording, reason, reasons
from proofs.mutants.lines import Covered
from proofs.mutants.report import Judged, page, share, verdict
from proofs.mutants.results import Mutant, modules

if TYPE_CHECKING:
    from pathlib import Path

_MUTATED = """\
def x_limit__mutmut_orig(a):
    b = a > 1
    return b
def x_limit__mutmut_1(a):
    b = a >= 1
    return b
def x_limit__mutmut_2(a):
    b = a > 2
    return b
class Shop:
    def xǁShopǁopen__mutmut_orig(self, at="noon"):
        return at
    def xǁShopǁopen__mutmut_1(self, at="XXnoonXX"):
        return at
"""
_SPANS = {
    "x_limit__mutmut_orig": [1, 3],
    "x_limit__mutmut_1": [4, 6],
    "x_limit__mutmut_2": [7, 9],
    "xǁShopǁopen__mutmut_orig": [11, 12],
    "xǁShopǁopen__mutmut_1": [13, 14],
}
_EDGE = Mutant("shop.prices", "limit", "b = a > 1", "b = a >= 1")
_NOON = Mutant("shop.prices", "Shop.open", 'def (self, at="noon"):', 'def (self, at="XXnoonXX"):')


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy with one module: two mutants survived, one was killed and one broke off."""
    folder = tmp_path / "mutants" / "src" / "shop"
    folder.mkdir(parents=True)
    (folder / "prices.py").write_text(_MUTATED, "utf-8")
    (folder / "prices.py.spans").write_text(json.dumps({"spans": _SPANS}), "utf-8")
    codes = {
        "shop.prices.x_limit__mutmut_1": 0,
        "shop.prices.x_limit__mutmut_2": 1,
        "shop.prices.xǁShopǁopen__mutmut_1": 33,
        "shop.prices.xǁShopǁopen__mutmut_2": 255,
    }
    (folder / "prices.py.meta").write_text(json.dumps({"exit_code_by_key": codes}), "utf-8")
    return tmp_path


def test_a_survivor_is_named_by_its_change_and_what_no_test_comes_by_has_survived(
    copy: Path,
) -> None:
    (module,) = modules(copy)

    assert list(module.survivors.values()) == [_EDGE, _NOON]
    assert module.counts == {"survived": 2, "killed": 1, "not tried": 1}


def test_only_what_has_a_reason_is_harmless(copy: Path) -> None:
    judged = Judged(list(modules(copy)), {str(_EDGE): "nobody sells at the limit"})

    assert judged.harmless == {"nobody sells at the limit": [_EDGE]}
    assert judged.open["shop.prices"] == [_NOON]
    assert judged.total() == (3, 1, 0, 1, 1)
    assert verdict(judged) == (
        "Of 3 mutants 1 were killed, 1 survived and are harmless, 1 are open: 50.0% of those that "
        "could do harm were noticed; the aim of 95% is missed by 45.0. 1 are not tried yet."
    )
    assert "| shop.prices | 3 | 1 | 0 | 1 | 1 | 50.0% |" in page(
        judged, {"functions/a.py": Covered(10, 5, 2, 1)}, "today"
    )


def test_nothing_that_could_do_harm_is_all_noticed() -> None:
    assert share(2, 0, 0, 2) == 100


@pytest.mark.parametrize(
    ("before", "after", "wording"),
    [
        ('say("it is off")', 'say("XXit is offXX")', True),
        ('say("it is Off")', 'say("IT IS OFF")', True),
        ('say("off")', 'say("XXoffXX")', False),
        ('say("it is off")', 'say("it is on")', False),
        ('say("it is off", 1)', 'say("it is off", 2)', False),
        ('say("it is off")', "say(None)", False),
        ('", ".join(names)', '"XX, XX".join(names)', False),
    ],
)
def test_only_the_letters_of_a_sentence_are_wording(before: str, after: str, wording: bool) -> None:
    mutant = Mutant("m", "f", before, after)

    assert is_wording(mutant) is wording
    assert (reason(mutant, {}) is not None) is wording


def test_a_reason_that_is_needed_no_more_is_named() -> None:
    assert gone([_EDGE], {str(_EDGE): "x", str(_NOON): "y"}) == [str(_NOON)]


def test_each_reason_is_a_sentence() -> None:
    assert all(why.endswith(".") and why[0].isupper() for why in reasons().values())
