"""Validators of a profile that refuse what the rollback writes beside the switch, or the switch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.demo_flags import create_demo_flags
from local.site import EndedExecution, Site, alarm_event
from local.validating import Moments
from tests.documents import document
from tests.workflow.told import outcomes, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

FLAG = "hints"
CLOSED = document("validators/closed_flags.json").content.decode()
CLOSED_SCHEMA = document("validators/closed_flags.schema.json").content.decode()
#: Nobody may turn the flag off.
ALWAYS_ON = json.dumps(
    {
        "properties": {
            "flags": {"additionalProperties": {"properties": {"enabled": {"enum": [True]}}}}
        }
    }
)
MOMENTS = {
    "on creation": Moments(on_creation=True, on_start=False),
    "on start": Moments(on_creation=False, on_start=True),
    "after the start": Moments(on_creation=False, after_start=True),
    "on creation, without details": Moments(on_creation=True, on_start=False, details=False),
    "on start, without details": Moments(on_creation=False, details=False),
}
#: The step that is refused, at each of these moments.
REFUSED = dict(
    zip(
        MOMENTS,
        (
            "CreateVersion",
            "StartDeployment",
            "CheckDeployment",
            "CreateVersion",
            "StartDeployment",
        ),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def validated_site(cloud: EmbeddedCloud) -> Site:
    return Site.build(cloud, create_demo_flags(cloud, CLOSED), "validated")


@pytest.fixture
def site(validated_site: Site) -> Iterator[Site]:
    """A site without validators; they begin to run at both moments."""
    validated_site.cloud.validating.set(Moments())
    validate(validated_site)
    yield validated_site
    validated_site.cloud.validating.set(Moments())


def validate(site: Site, *schemas: str) -> None:
    site.cloud.client("appconfig").update_configuration_profile(
        ApplicationId=site.flags.application_id,
        ConfigurationProfileId=site.flags.profile_id,
        Validators=[{"Type": "JSON_SCHEMA", "Content": schema} for schema in schemas],
    )


def times(run: EndedExecution, state: str) -> int:
    return run.states.count(state)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_flag_whose_schema_is_closed_goes_off_without_notes_and_the_notice_says_why(
    site: Site, moment: str
) -> None:
    validate(site, CLOSED_SCHEMA)
    released = site.release(CLOSED)
    site.cloud.validating.set(MOMENTS[moment])

    run = site.run(alarm_event(FLAG))

    assert run.output["outcome"] == "rolled_back"
    assert site.served() == {"flags": {FLAG: {"enabled": False, "rolloutPercentage": 0}}}
    assert (times(run, REFUSED[moment]), times(run, "FetchConfig")) == (2, 2)
    refused_one_was_written = not MOMENTS[moment].on_creation
    assert run.output["toVersion"] == released + 1 + refused_one_was_written
    (notice,) = site.notices(run.arn)
    if MOMENTS[moment].details:
        assert "('metadata' was unexpected)" in notice["refusedReason"]
    else:
        assert "(BadRequestException)" in notice["refusedReason"]


def test_a_version_in_three_parts_stays_as_it_is_where_a_schema_wants_it(site: Site) -> None:
    validate(site, document("validators/three_part_version.schema.json").content.decode())
    site.release(document("validators/three_part_version.json").content)

    run = site.run(alarm_event(FLAG))

    assert run.output["outcome"] == "rolled_back"
    assert site.served() == {"version": "2.0.4", "flags": {FLAG: {"enabled": False}}}


@pytest.mark.parametrize("moment", MOMENTS)
def test_where_the_switch_is_refused_too_the_run_is_red_with_the_constraint_and_redrives(
    site: Site, moment: str
) -> None:
    validate(site, CLOSED_SCHEMA, ALWAYS_ON)
    released = site.release(CLOSED)
    site.cloud.validating.set(MOMENTS[moment])

    run = site.run(alarm_event(FLAG))

    assert run.error == "InvalidConfigurationError"
    assert times(run, REFUSED[moment]) == 2
    if MOMENTS[moment].details:
        assert "False is not one of [True]" in run.cause
        assert "metadata" not in run.cause
    assert site.served() == json.loads(CLOSED)
    written = 0 if MOMENTS[moment].on_creation else 2
    assert max(site.versions()) == released + written
    (notice,) = site.notices(run.arn)
    assert (notice["error"], states(notice)) == ("InvalidConfigurationError", {FLAG: "on"})

    validate(site, CLOSED_SCHEMA)
    run = site.redrive(run.arn)

    assert run.output["outcome"] == "rolled_back"
    assert site.served() == {"flags": {FLAG: {"enabled": False, "rolloutPercentage": 0}}}
    assert max(site.versions()) == released + (written or 1)


def test_two_flags_of_one_alarm_go_off_without_notes_where_the_schema_is_closed(
    site: Site,
) -> None:
    validate(site, CLOSED_SCHEMA)
    site.release({"flags": {FLAG: {"enabled": True}, "tips": {"enabled": True}}})

    run = site.run(alarm_event(name="storefront", tags={"feature-flag": f"{FLAG} tips"}))

    assert outcomes(run.output) == {FLAG: "rolled_back", "tips": "rolled_back"}
    assert site.served() == {"flags": {FLAG: {"enabled": False}, "tips": {"enabled": False}}}
    assert (times(run, "CreateVersion"), times(run, "StartDeployment")) == (2, 1)
    (notice,) = site.notices(run.arn)
    assert "('metadata' was unexpected)" in notice["refusedReason"]
