"""Every document of the table, on the embedded cloud: released, its alarm fired, read back."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.flag_document import FlagDocument
from flag_rollback.flags.differences import differences
from local.demo_flags import create_demo_flags
from local.site import Site, alarm_event
from tests.documents import document
from tests.documents.expected import ALREADY_OFF, REFUSED, SERVED

if TYPE_CHECKING:
    from appconfig_rollback.errors import RollbackError
    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

#: What is another each time: when and why the flag went off.
STAMPS = ("version", "lastUpdated", ".lastRollback", ".rollbackReason")

Release = Callable[[FlagDocument], tuple[Site, int]]


@pytest.fixture(scope="module", name="released")
def released_fixture(cloud: EmbeddedCloud) -> Release:
    """Releases a document, on one site for each profile type and FlagsAt."""

    @cache
    def site(profile_type: str, flags_at: str) -> Site:
        name = f"documents-{'native' if 'Feature' in profile_type else flags_at or 'anywhere'}"
        flags = create_demo_flags(cloud, profile_type=profile_type)
        return Site.build(cloud, flags, name.lower(), FlagsAt=flags_at)

    def release(read: FlagDocument) -> tuple[Site, int]:
        at = site(read.profile_type, read.flags_at)
        return at, at.release(read.content, read.content_type)

    return release


def _content(site: Site, version: int) -> bytes:
    answer = site.cloud.client("appconfig").get_hosted_configuration_version(
        ApplicationId=site.flags.application_id,
        ConfigurationProfileId=site.flags.profile_id,
        VersionNumber=version,
    )
    return answer["Content"].read()


def _served(site: Site) -> int:
    newest = next(item for item in site.deployments() if item["State"] == "COMPLETE")
    return int(newest["ConfigurationVersion"])


@pytest.mark.parametrize(("name", "flag", "flags_at"), SERVED)
def test_a_flag_goes_off_and_nothing_else_changes(
    released: Release, name: str, flag: str, flags_at: str
) -> None:
    before = document(name, flags_at)
    site, version = released(before)

    run = site.run(alarm_event(flag))

    assert run.output["outcome"] == "rolled_back"
    assert (run.output["fromVersion"], run.output["toVersion"]) == (version, _served(site))
    found = differences(before.content, _content(site, _served(site)))
    _, changes = SERVED[name, flag, flags_at]
    assert [each.path for each in found] == [*changes] or {each.path for each in found} == {
        *changes
    }
    for each in found:
        assert each.path.endswith(STAMPS) or each.after == changes[each.path]


@pytest.mark.parametrize(("name", "flag"), ALREADY_OFF)
def test_a_flag_that_is_off_stays_as_it_is_written(released: Release, name: str, flag: str) -> None:
    site, version = released(document(name))

    run = site.run(alarm_event(flag))

    assert run.output["outcome"] == "already_off"
    assert _served(site) == version


@pytest.mark.parametrize(("name", "flag", "error", "message"), REFUSED)
def test_a_flag_that_cannot_be_turned_off_is_red_in_words_and_nothing_is_written(
    released: Release, name: str, flag: str, error: type[RollbackError], message: str
) -> None:
    site, version = released(document(name))

    run = site.run(alarm_event(flag))

    assert run.error == error.__name__
    assert message in run.cause
    assert max(site.versions()) == _served(site) == version


def test_people_are_told_what_off_means_to_the_clients_of_flagd(released: Release) -> None:
    site, _ = released(document("flagd.json"))

    run = site.run(alarm_event("old-tour"))

    assert "default in their own code" in run.state_data["WhatRemains?"]
