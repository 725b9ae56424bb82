"""AppConfig: what clients get of a flag that an experiment controls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.demo_experiments import start_run
from local.demo_flags import DemoFlags, read_as_client, release
from tests.local.experimenting import FLAG, OFF, document, native_flags, start
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


@pytest.fixture
def flags(cloud: EmbeddedCloud) -> DemoFlags:
    """An environment of its own, where the flag is off."""
    return native_flags(cloud)


def test_a_flag_that_is_off_is_on_for_clients_while_a_run_has_it_on(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    off = {FLAG: {"enabled": False}, "other": {"enabled": True}}
    assert read_as_client(cloud, flags) == off

    run = start_run(cloud, flags, FLAG)
    assert read_as_client(cloud, flags) == {FLAG: {"enabled": True}, "other": {"enabled": True}}

    run.stop()
    assert read_as_client(cloud, flags) == off


def test_no_deployment_changes_what_a_run_serves(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    release(cloud, flags, document(enabled=True))
    run = start_run(cloud, flags, FLAG)
    release(cloud, flags, document())

    assert read_as_client(cloud, flags)[FLAG]["enabled"] is True
    run.stop()
    assert read_as_client(cloud, flags)[FLAG]["enabled"] is False


def test_after_a_run_clients_get_the_version_that_was_deployed_by_its_label(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    appconfig = cloud.client("appconfig")
    appconfig.create_hosted_configuration_version(
        ApplicationId=flags.application_id,
        ConfigurationProfileId=flags.profile_id,
        Content=document(enabled="as labelled").encode(),
        ContentType="application/json",
        VersionLabel="release-7",
    )
    appconfig.start_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        ConfigurationProfileId=flags.profile_id,
        ConfigurationVersion="release-7",
        DeploymentStrategyId=flags.strategy_id,
    )

    start_run(cloud, flags, FLAG).stop()

    assert read_as_client(cloud, flags)[FLAG]["enabled"] == "as labelled"


@pytest.mark.parametrize(
    ("control", "treatments", "exposure", "enabled"),
    [
        (False, [False, True], 100.0, True),
        (True, [False], 100.0, True),
        (False, [False], 100.0, False),
        (False, [True], 0.0, None),
    ],
    ids=["any treatment", "the control", "neither", "shown to nobody"],
)
def test_a_run_has_the_flag_on_where_anybody_would_get_it_on(
    cloud: EmbeddedCloud,
    flags: DemoFlags,
    control: bool,
    treatments: list[bool],
    exposure: float,
    enabled: bool | None,
) -> None:
    release(cloud, flags, document(enabled="as deployed"))
    start_run(cloud, flags, FLAG, control=control, treatments=treatments, exposure=exposure)
    expected = "as deployed" if enabled is None else enabled
    assert read_as_client(cloud, flags)[FLAG]["enabled"] == expected


def test_clients_get_the_attributes_of_a_treatment(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    attributes = {
        "colour": {"StringValue": "blue"},
        "columns": {"NumberValue": 2.0},
        "countries": {"StringArray": ["DE", "AT"]},
    }
    treatment: Any = {"Enabled": True, "AttributeValues": attributes}
    definition = cloud.client("appconfig").create_experiment_definition(
        ApplicationIdentifier=flags.application_id,
        Name="with-attributes",
        ConfigurationProfileIdentifier=flags.profile_id,
        EnvironmentIdentifier=flags.environment_id,
        FlagKey=FLAG,
        AudienceRule='(eq $country "DE")',
        Control=OFF,
        Treatments=[{"Weight": 1.0, "FlagValue": treatment}],
    )["Id"]
    start(cloud, flags, definition)
    assert read_as_client(cloud, flags)[FLAG] == {
        "enabled": True,
        "colour": "blue",
        "columns": 2,
        "countries": ["DE", "AT"],
    }


def test_a_client_that_is_up_to_date_learns_of_runs_that_start_and_stop(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    data_plane = cloud.client("appconfigdata")
    token = data_plane.start_configuration_session(
        ApplicationIdentifier=flags.application_id,
        EnvironmentIdentifier=flags.environment_id,
        ConfigurationProfileIdentifier=flags.profile_id,
    )["InitialConfigurationToken"]

    def poll() -> bool | None:
        """Whether the flag is on in what is new; None if nothing is."""
        nonlocal token
        latest = data_plane.get_latest_configuration(ConfigurationToken=token)
        token = latest["NextPollConfigurationToken"]
        content = latest["Configuration"].read()
        return json.loads(content)[FLAG]["enabled"] if content else None

    assert [poll(), poll()] == [False, None]
    run = start_run(cloud, flags, FLAG)
    assert [poll(), poll()] == [True, None]
    run.stop()
    assert [poll(), poll()] == [False, None]
