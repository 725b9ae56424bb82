"""AppConfig: experiments, which MiniStack does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.demo_experiments import define_experiment, start_run
from local.demo_flags import DemoFlags, create_demo_flags, deployments, release
from tests.local.experimenting import FLAG, OFF, document, native_flags, start
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from mypy_boto3_appconfig.type_defs import ExperimentRunResultTypeDef

    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


@pytest.fixture
def flags(cloud: EmbeddedCloud) -> DemoFlags:
    """An environment of its own, where the flag is off."""
    return create_demo_flags(cloud, document(), profile_type="AWS.AppConfig.FeatureFlags")


def begin_slow_rollout(cloud: EmbeddedCloud, flags: DemoFlags) -> int:
    return cloud.client("appconfig").start_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        ConfigurationProfileId=flags.profile_id,
        ConfigurationVersion="1",
        DeploymentStrategyId="AppConfig.Linear20PercentEvery6Minutes",
    )["DeploymentNumber"]


def test_a_definition_is_kept_as_it_was_given(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    blue: Any = {"Enabled": True, "AttributeValues": {"colour": {"StringValue": "blue"}}}
    created = appconfig.create_experiment_definition(
        ApplicationIdentifier=flags.application_id,
        Name="one-page",
        ConfigurationProfileIdentifier="feature-flags",
        EnvironmentIdentifier="production",
        FlagKey=FLAG,
        AudienceRule='(eq $country "DE")',
        Hypothesis="More orders",
        Control=OFF,
        Treatments=[{"Weight": 2.0, "FlagValue": blue}],
    )
    read = appconfig.get_experiment_definition(
        ApplicationIdentifier=created["ApplicationId"], ExperimentDefinitionIdentifier="one-page"
    )

    for answer in (created, read):
        del answer["ResponseMetadata"]  # type: ignore[misc]
    assert read == created
    assert (read["Status"], read["FlagKey"], read["Hypothesis"]) == ("IDLE", FLAG, "More orders")
    assert (read["Control"]["Key"], read["Control"]["FlagValue"]) == ("c", {"Enabled": False})
    assert read["Treatments"] == [{"Key": "t1", "Weight": 2.0, "FlagValue": blue}]


def test_a_definition_is_active_while_it_has_a_running_run(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    appconfig = cloud.client("appconfig")
    definition = define_experiment(cloud, flags, FLAG)

    def status() -> str:
        return appconfig.get_experiment_definition(
            ApplicationIdentifier=flags.application_id, ExperimentDefinitionIdentifier=definition
        )["Status"]

    assert status() == "IDLE"
    run = start(cloud, flags, definition)
    assert status() == "ACTIVE"
    with pytest.raises(appconfig.exceptions.ConflictException):
        start(cloud, flags, definition)
    run.stop()
    assert status() == "IDLE"
    assert start(cloud, flags, definition).number == 2


def test_a_definition_is_deleted_with_its_runs_once_none_is_running(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    appconfig = cloud.client("appconfig")
    run = start_run(cloud, flags, FLAG)
    other = define_experiment(cloud, flags, "other")
    definition: Any = {name: value for name, value in run.place.items() if name != "Run"}

    with pytest.raises(appconfig.exceptions.ConflictException):
        appconfig.delete_experiment_definition(**definition, DeleteType="DESTROY")
    run.stop()
    appconfig.delete_experiment_definition(**definition, DeleteType="DESTROY")

    left = appconfig.list_experiment_definitions(ApplicationIdentifier=flags.application_id)
    assert [item["Id"] for item in left["Items"]] == [other]
    with pytest.raises(appconfig.exceptions.ResourceNotFoundException):
        run.read()


def test_definitions_are_listed_by_place_and_status(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    elsewhere = native_flags(cloud)
    idle, active = define_experiment(cloud, flags, "other"), start_run(cloud, flags, FLAG)
    there = define_experiment(cloud, elsewhere, FLAG)

    def listed(**filters: Any) -> list[str]:
        items = appconfig.list_experiment_definitions(**filters)["Items"]
        return [item["Id"] for item in items]

    here = {"ApplicationIdentifier": flags.application_id}
    assert listed(**here) == [idle, active.definition_id]
    assert listed(**here, Status="ACTIVE") == [active.definition_id]
    assert listed(EnvironmentIdentifier=flags.environment_id, Status="IDLE") == [idle]
    assert listed(
        **here,
        ConfigurationProfileIdentifier=flags.profile_id,
        EnvironmentIdentifier="production",
    ) == [idle, active.definition_id]
    assert listed(**here, Status="ARCHIVED") == []
    assert {idle, active.definition_id, there} <= set(listed(EnvironmentIdentifier="production"))
    for missing in (
        {"ApplicationIdentifier": "none"},
        {**here, "EnvironmentIdentifier": elsewhere.environment_id},
        {**here, "ConfigurationProfileIdentifier": elsewhere.profile_id},
    ):
        with pytest.raises(appconfig.exceptions.ResourceNotFoundException):
            listed(**missing)


def test_definitions_come_in_pages(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    defined = [define_experiment(cloud, flags, FLAG) for _ in range(3)]
    pages = cloud.client("appconfig").get_paginator("list_experiment_definitions")
    found = [
        [item["Id"] for item in page["Items"]]
        for page in pages.paginate(
            ApplicationIdentifier=flags.application_id, PaginationConfig={"PageSize": 2}
        )
    ]
    assert found == [defined[:2], defined[2:]]


def test_a_run_keeps_what_it_was_started_with(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    read = start_run(cloud, flags, FLAG, exposure=25.0).read()
    snapshot = read["ExperimentDefinitionSnapshot"]
    assert (read["Run"], read["Status"], read["ExposurePercentage"]) == (1, "RUNNING", 25.0)
    assert "EndedAt" not in read
    assert snapshot["FlagKey"] == FLAG
    assert snapshot["EnvironmentId"] == flags.environment_id
    assert snapshot["Control"]["FlagValue"]["Enabled"] is False
    assert snapshot["Treatments"][0]["FlagValue"]["Enabled"] is True


def test_a_stopped_run_is_done_and_keeps_its_result(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    run = start_run(cloud, flags, FLAG)
    result: ExperimentRunResultTypeDef = {"ReasonsNotToLaunch": "The alarm fired."}

    stopped = appconfig.stop_experiment_run(**run.place, Result=result)

    assert (stopped["Status"], stopped["Result"]) == ("DONE", result)
    assert run.read()["Result"] == result
    assert run.read()["EndedAt"] >= run.read()["StartedAt"]
    with pytest.raises(appconfig.exceptions.BadRequestException):
        run.stop()


def test_runs_are_listed_by_status(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    definition = define_experiment(cloud, flags, FLAG)
    start(cloud, flags, definition).stop()
    start(cloud, flags, definition)

    def listed(**filters: Any) -> list[int]:
        items = cloud.client("appconfig").list_experiment_runs(
            ApplicationIdentifier=flags.application_id,
            ExperimentDefinitionIdentifier=definition,
            **filters,
        )["Items"]
        assert {item["ExperimentDefinitionId"] for item in items} == {definition}
        return [item["Run"] for item in items]

    assert sorted(listed()) == [1, 2]
    assert listed(Status="RUNNING") == [2]
    assert listed(Status="DONE") == [1]


def test_what_is_not_there_is_not_found(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    run = start_run(cloud, flags, FLAG)
    other_run = {**run.place, "Run": 7}
    other_definition = {**run.place, "ExperimentDefinitionIdentifier": "none"}
    for call in (
        appconfig.get_experiment_run,
        appconfig.stop_experiment_run,
        appconfig.list_experiment_run_events,
    ):
        for place in (other_run, other_definition):
            with pytest.raises(appconfig.exceptions.ResourceNotFoundException):
                call(**place)


def test_only_profiles_of_feature_flags_have_experiments(cloud: EmbeddedCloud) -> None:
    freeform = create_demo_flags(cloud)
    with pytest.raises(
        cloud.client("appconfig").exceptions.BadRequestException, match=r"AWS\.Freeform"
    ):
        define_experiment(cloud, freeform, FLAG)


def test_starting_and_stopping_a_run_make_managed_deployments(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    appconfig = cloud.client("appconfig")
    version = release(cloud, flags, document(enabled=True))
    run = start_run(cloud, flags, FLAG)
    run.stop()

    stopped, started, by_user, _ = deployments(cloud, flags)
    events = appconfig.list_experiment_run_events(**run.place)["Items"]
    read = appconfig.get_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        DeploymentNumber=started["DeploymentNumber"],
    )

    assert by_user["Type"] == "USER"
    for item in (stopped, started):
        assert (item["Type"], item["State"]) == ("MANAGED", "COMPLETE")
        assert item["ConfigurationProfileId"] == flags.profile_id
        assert item["ConfigurationVersion"] == str(version)
    assert (read["DeploymentDurationInMinutes"], read["FinalBakeTimeInMinutes"]) == (0, 0)
    assert [
        (event["EventType"], event["AssociatedDeployment"].rpartition("/deployment/")[-1])
        for event in events
    ] == [
        ("RUN_STARTED", str(started["DeploymentNumber"])),
        ("RUN_STOPPED", str(stopped["DeploymentNumber"])),
    ]


def test_runs_start_and_stop_only_while_nothing_else_is_deploying(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    appconfig = cloud.client("appconfig")
    run, definition = start_run(cloud, flags, FLAG), define_experiment(cloud, flags, "other")
    number = begin_slow_rollout(cloud, flags)

    for call in (run.stop, lambda: start(cloud, flags, definition)):
        with pytest.raises(appconfig.exceptions.ConflictException):
            call()

    appconfig.stop_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        DeploymentNumber=number,
    )
    run.stop()


def test_a_flag_that_is_not_deployed_has_no_run(cloud: EmbeddedCloud, flags: DemoFlags) -> None:
    appconfig = cloud.client("appconfig")
    appconfig.stop_deployment(
        ApplicationId=flags.application_id,
        EnvironmentId=flags.environment_id,
        DeploymentNumber=1,
        AllowRevert=True,
    )
    with pytest.raises(appconfig.exceptions.BadRequestException, match="not deployed"):
        start_run(cloud, flags, FLAG)
