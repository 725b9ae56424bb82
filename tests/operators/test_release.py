"""Restoring: what a flag goes back to, and that nobody's release is overwritten by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click
import pytest

from appconfig_rollback.experiments import reason_to_stop
from flag_rollback.commands.restore import _by_no_rollback, _release
from flag_rollback.flags.restoring import Before, description, last_on
from tests import samples
from tests.appconfig import SHOWING
from tests.operators.profiles import FakeProfile
from tests.samples import FLAG

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def _deployed(profile: FakeProfile, *versions: int | str) -> None:
    """Deploy versions by number or label, one after the other; the last one is served."""
    profile.appconfig.deployments.clear()
    for number, version in enumerate(versions, 1):
        began = AT + timedelta(hours=number)
        profile.appconfig.put(number, version=version, started_at=began, kms_key=KEY)


def test_it_goes_back_to_the_last_version_with_the_flag_on_however_it_was_named() -> None:
    profile = FakeProfile(on=False)
    profile.appconfig.labels["release-4"] = 4
    _deployed(profile, 4, "release-4", 3, 3)

    assert last_on(profile, FLAG) == Before(4, AT + timedelta(hours=2), turned_off_by=3)


def test_it_is_encrypted_as_what_is_served_and_based_on_the_latest_of_everything() -> None:
    profile = FakeProfile(on=False)
    profile.appconfig.put(7, kms_key=KEY)

    number = _release(profile, profile.store.served(), b"{}", "Restored")

    assert number == 9
    assert profile.appconfig.created == [("{}", "application/json", 5, "Restored")]
    assert profile.appconfig.started == [(6, 8, "Restored", KEY)]


WHO = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Operator_0123456789/ann@shop.example"


def test_who_restored_what_and_why_is_kept_in_ascii() -> None:
    assert description(["new-checkout", "search-v2"], WHO, "größer\nnow") == (
        f"Restored by {WHO}: new-checkout, search-v2: gr\\xf6\\xdfer now"
    )
    assert description([FLAG], None, "fixed") == f"Restored by unknown: {FLAG}: fixed"


def test_who_restored_is_never_cut_nor_is_the_reason_by_many_flags() -> None:
    who = f"arn:aws:iam::123456789012:user/{'p' * 512}/{'n' * 64}"

    kept = description([f"flag-{number}" for number in range(50)], who, "fixed in 4.2 " * 100)

    assert kept.startswith(f"Restored by {who}: flag-0, flag-1, ")
    assert "...: fixed in 4.2 fixed" in kept
    assert len(kept) == 1024


def test_what_somebody_released_meanwhile_stays_and_nothing_is_written() -> None:
    profile = FakeProfile(on=False)
    seen = replace(profile.store.served(), version=2)

    with pytest.raises(click.ClickException, match="nothing was turned on"):
        _release(profile, seen, b"{}", "Restored")

    assert profile.appconfig.created == []


def test_who_writes_at_the_same_moment_is_told_to_look_again() -> None:
    profile = FakeProfile(on=False)
    seen = profile.store.served()
    profile.appconfig.put(9, "DEPLOYING", ours=False)

    with pytest.raises(click.ClickException, match="nothing was turned on"):
        _release(profile, seen, b"{}", "Restored")


def test_a_refusal_names_the_experiment_that_a_rollback_stopped() -> None:
    profile = FakeProfile(on=False)
    mark = samples.marked(3)
    reasons = reason_to_stop(mark, "an-alarm", "12.7 > 5.0")
    profile.appconfig.runs = [replace(SHOWING, running=False, reasons=reasons)]

    refusal = _by_no_rollback(profile, Before(2, AT, turned_off_by=7), FLAG)

    assert refusal.message == (
        'no rollback turned new-checkout off: deployment 7 did ("no description"); ask who made '
        "it, or pass --force. A rollback stopped run 3 of experiment 'checkout-test' (exp1234), "
        "which showed new-checkout to users. Restoring new-checkout does not start it again: "
        "start a new run of it."
    )
