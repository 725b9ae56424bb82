"""Profiles of type AWS.AppConfig.FeatureFlags: off by `enabled` alone, everywhere it stands."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from local.demo_flags import read_as_client
from local.site import FLAG, Site, alarm_event, new_flags

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

STAMPS = {"_createdAt": "2026-01-01T00:00:00Z", "_updatedAt": "2026-02-01T00:00:00Z"}
PLAIN: dict[str, Any] = {
    "version": "1",
    "flags": {
        FLAG: {
            "name": FLAG,
            **STAMPS,
            "attributes": {"limit": {"constraints": {"type": "number", "required": True}}},
        },
        "other": {"name": "other"},
    },
    "values": {FLAG: {"enabled": True, "limit": 5, **STAMPS}, "other": {"enabled": True}},
}
VARIANTS: dict[str, Any] = {
    **PLAIN,
    "values": {
        FLAG: {
            "_variants": [
                {"name": "beta", "enabled": True, "rule": "(eq $group 'beta')"},
                {"name": "limited", "enabled": False, "attributeValues": {"limit": 1}},
                {"name": "default", "enabled": True, "attributeValues": {"limit": 5}},
            ],
            **STAMPS,
        },
        "other": {"_variants": [{"name": "default", "enabled": True}]},
    },
}


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud) -> Site:
    flags = new_flags(cloud, PLAIN, profile_type="AWS.AppConfig.FeatureFlags")
    return Site.build(cloud, flags, "native-flags")


def test_a_plain_flag(site: Site) -> None:
    site.release(PLAIN)

    assert site.run(alarm_event()).output["outcome"] == "rolled_back"

    expected = copy.deepcopy(PLAIN)
    expected["values"][FLAG]["enabled"] = False
    assert site.served() == expected
    assert read_as_client(site.cloud, site.flags)[FLAG]["enabled"] is False


def test_a_flag_of_several_variants(site: Site) -> None:
    site.release(VARIANTS)

    assert site.run(alarm_event()).output["outcome"] == "rolled_back"

    expected = copy.deepcopy(VARIANTS)
    for variant in expected["values"][FLAG]["_variants"]:
        variant["enabled"] = False
    assert site.served() == expected
    assert site.run(alarm_event()).output["outcome"] == "already_off"


def test_a_flag_s_attribute_may_hold_the_rollback_back(site: Site) -> None:
    document = copy.deepcopy(PLAIN)
    document["values"][FLAG]["rollback"] = "notify"
    site.release(document)

    assert site.run(alarm_event()).output["outcome"] == "dry_run"
    assert site.served() == document
