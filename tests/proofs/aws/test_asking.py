"""What `make verify-aws` says before it makes anything, and its named errors."""

from __future__ import annotations

import pytest

from proofs.aws import prices, single_states
from proofs.aws.account import CredentialsError, VerifyError, WrongRegionError, open_account
from proofs.aws.making import Names
from proofs.aws.report import Observation, answer, markdown, promise


def test_without_credentials_it_says_how_to_sign_in() -> None:
    with pytest.raises(CredentialsError, match="Sign in"):
        open_account("eu-west-1", None, None)


def test_an_unknown_profile_is_told() -> None:
    with pytest.raises(CredentialsError, match="nobody"):
        open_account("eu-west-1", "nobody", None)


@pytest.mark.parametrize("region", ["mars-north-1", "eu-west-99"])
def test_a_region_that_aws_has_not_is_told(region: str) -> None:
    with pytest.raises(WrongRegionError, match=region):
        open_account(region, None, None)


def test_without_a_region_it_asks_for_one() -> None:
    with pytest.raises(WrongRegionError, match="--region"):
        open_account(None, None, None)


def test_it_costs_less_than_ten_cents() -> None:
    listed = prices.items(single_states.calls())

    assert 0.01 < prices.upper_bound(listed) < 0.10
    assert prices.upper_bound(listed) == pytest.approx(sum(i.most * i.price for i in listed))
    assert prices.upper_bound(listed) <= float(prices.stated(listed)) < 0.10


@pytest.mark.parametrize("text", ["", "ABCDEF01", "0123abc", "../../x"])
def test_only_a_runs_own_id_is_cleaned(text: str) -> None:
    with pytest.raises(VerifyError, match="8 hexadecimal digits"):
        Names(text)


def test_a_broken_promise_and_an_unsafe_answer_are_bad() -> None:
    bad = [promise("a", "1", 2, False), answer("b?", "no", "yes", False)]
    good = [promise("a", "1", 1, True), answer("b?", "no", "no", True), answer("c?", "", "", None)]

    assert [found.is_bad for found in (*bad, *good)] == [True, True, False, False, False]


def test_a_cell_of_the_markdown_cannot_break_its_table() -> None:
    found = Observation("contract", "a | b", "", "two\nlines", "measured")

    assert "| a \\| b |  | two lines | measured |" in markdown([found], "T")
