"""Restoring puts the flag's switches back, and changes nothing else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given

from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from flag_rollback.flags.differences import differences
from flag_rollback.flags.restoring import SWITCHES, restored
from tests.contract.shipped import FUNCTIONS
from tests.domain.documents import NOW, WHY, Case, documents

LATER = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.mark.documents
@given(documents())
def test_off_and_back_on_leaves_what_was_on(case: Case) -> None:
    if not case.document.is_on(case.flag):
        return
    off = case.turned_off()

    content = restored(off, case.document, case.flag, LATER)

    assert FlagDocument(content, off.content_type, off.profile_type).is_on(case.flag)
    flag = f"{case.holder}.{case.flag}"
    allowed = (*(f"{flag}.{name}" for name in SWITCHES), "version", "lastUpdated")
    changed = differences(off.content, content)
    assert all(difference.path.startswith(allowed) for difference in changed), changed


def freeform(flag: dict[str, object], **others: object) -> FlagDocument:
    content = json.dumps({"flags": {"a": flag, **others}}).encode()
    return FlagDocument(content, "application/json", "AWS.Freeform")


@pytest.mark.parametrize(
    ("before", "off"),
    [
        ({"enabled": True, "rolloutPercentage": 12.50}, {"enabled": False, "rolloutPercentage": 0}),
        ({"rolloutPercentage": 5}, {"rolloutPercentage": 0, "enabled": False}),
        ({"enabled": True}, {"enabled": False, "owner": "somebody"}),
        ({"enabled": True, "rolloutPercentage": 5}, {"enabled": False}),
    ],
)
def test_each_switch_is_as_it_was(before: dict[str, object], off: dict[str, object]) -> None:
    now = json.loads(restored(freeform(off), freeform(before), "a", LATER))["flags"]["a"]

    assert now == {**off, "enabled": True, **before}


def test_variants_come_back_with_their_rules() -> None:
    variants = [
        {"name": "b", "enabled": True, "rule": "(eq $x 1)"},
        {"name": "c", "enabled": False},
    ]
    values = {"a": {"_variants": variants}}
    before = FlagDocument(
        json.dumps({"version": "1", "flags": {"a": {}}, "values": values}).encode(),
        "application/json",
        FEATURE_FLAGS,
    )
    off = FlagDocument(before.turned_off("a", WHY, NOW), "application/json", FEATURE_FLAGS)

    assert not off.is_on("a")
    assert json.loads(restored(off, before, "a", LATER)) == json.loads(before.content)


def test_nothing_that_runs_in_lambda_can_reach_it() -> None:
    for path in FUNCTIONS.rglob("*.py"):
        assert "flag_rollback" not in path.read_text(), path


def test_others_keep_what_they_have_now() -> None:
    served = freeform({"enabled": False}, other={"enabled": False})
    before = freeform({"enabled": True}, other={"enabled": True})

    now = json.loads(restored(served, before, "a", LATER))

    assert now["flags"]["other"] == {"enabled": False}
