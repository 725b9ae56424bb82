"""A flag's owner, or the stack, may hold the rollback back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.site import FLAG, Site, alarm_event, new_flags

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud


def flagged(policy: str | None) -> dict[str, Any]:
    metadata = {"metadata": {"rollback": policy}} if policy else {}
    return {"flags": {FLAG: {"enabled": True, **metadata}}}


@pytest.mark.parametrize(
    ("policy", "outcome", "told"),
    [("off", "ignored", False), ("notify", "dry_run", True)],
)
def test_a_flag_s_owner_decides(site: Site, policy: str, outcome: str, told: bool) -> None:
    version = site.release(flagged(policy))

    run = site.run(alarm_event())

    assert run.output["outcome"] == outcome
    assert max(site.versions()) == version
    assert site.served()["flags"][FLAG]["enabled"] is True
    notices = site.notices(run.arn, expected=1 if told else 0)
    assert [notice["outcome"] for notice in notices] == ([outcome] if told else [])


@pytest.mark.parametrize("policy", ["auto", "something else"])
def test_anything_else_is_rolled_back(site: Site, policy: str) -> None:
    site.release(flagged(policy))
    assert site.run(alarm_event()).output["outcome"] == "rolled_back"


@pytest.mark.parametrize(("mode", "outcome"), [("notify", "dry_run"), ("off", "ignored")])
def test_the_stack_s_mode_is_for_all(cloud: EmbeddedCloud, mode: str, outcome: str) -> None:
    site = Site.build(cloud, new_flags(cloud), f"mode-{mode}", Mode=mode)

    assert site.run(alarm_event()).output["outcome"] == outcome

    assert site.served()["flags"][FLAG]["enabled"] is True
    assert len(site.versions()) == 1
    rollout = site.roll_out({"flags": {FLAG: {"enabled": True, "rolloutPercentage": 100}}})
    site.run(alarm_event())
    assert site.deployment(rollout)["State"] == "DEPLOYING"
