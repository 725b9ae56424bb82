"""IAM: what those need who list, read, start and stop the runs of experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.demo_experiments import DemoRun, define_experiment, start_run
from tests.local.acting import acting_as, allow
from tests.local.experimenting import FLAG, native_flags
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud
    from local.demo_flags import DemoFlags

pytestmark = [pytest.mark.cloud, on_both_clouds]


@pytest.fixture
def flags(cloud: EmbeddedCloud) -> DemoFlags:
    return native_flags(cloud)


def application(flags: DemoFlags) -> str:
    return f"arn:aws:appconfig:us-east-1:123456789012:application/{flags.application_id}"


def deploying(flags: DemoFlags) -> list[str]:
    """What AppConfig asks StartDeployment on, to deploy for a run."""
    return [
        application(flags),
        f"{application(flags)}/environment/{flags.environment_id}",
        f"{application(flags)}/configurationprofile/{flags.profile_id}",
        "arn:aws:appconfig:us-east-1:123456789012:deploymentstrategy/AppConfig.ServiceManaged",
    ]


def test_definitions_are_listed_for_the_whole_account(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    define_experiment(cloud, flags, FLAG)
    listing = "appconfig:ListExperimentDefinitions"
    assert acting_as(cloud, "appconfig", allow(listing)).list_experiment_definitions()["Items"]
    for_the_application = allow(listing, resource=f"{application(flags)}*")
    with pytest.raises(ClientError, match=listing):
        acting_as(cloud, "appconfig", for_the_application).list_experiment_definitions()


def test_who_lists_runs_needs_the_application_and_the_definition(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    listing, definition = "appconfig:ListExperimentRuns", define_experiment(cloud, flags, FLAG)
    of_definition = f"{application(flags)}/experimentdefinition/{definition}"
    place = {
        "ApplicationIdentifier": flags.application_id,
        "ExperimentDefinitionIdentifier": definition,
    }
    both = [allow(listing, resource=arn) for arn in (application(flags), of_definition)]

    assert acting_as(cloud, "appconfig", *both).list_experiment_runs(**place)["Items"] == []
    for one in both:
        with pytest.raises(ClientError, match=listing):
            acting_as(cloud, "appconfig", one).list_experiment_runs(**place)


def test_who_reads_a_run_needs_the_application_the_definition_and_the_run(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    reading, run = "appconfig:GetExperimentRun", start_run(cloud, flags, FLAG)
    whole = [allow(reading, resource=arn) for arn in concerned(flags, run)]

    assert acting_as(cloud, "appconfig", *whole).get_experiment_run(**run.place)["Run"] == 1
    for lacking in without_one(whole):
        with pytest.raises(ClientError, match=reading):
            acting_as(cloud, "appconfig", *lacking).get_experiment_run(**run.place)


def test_who_stops_a_run_must_also_be_allowed_to_deploy(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    run = start_run(cloud, flags, FLAG)
    whole = [
        *(allow("appconfig:StopExperimentRun", resource=arn) for arn in concerned(flags, run)),
        *(allow("appconfig:StartDeployment", resource=arn) for arn in deploying(flags)),
    ]

    for lacking in without_one(whole):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            acting_as(cloud, "appconfig", *lacking).stop_experiment_run(**run.place)
    assert run.read()["Status"] == "RUNNING"
    acting_as(cloud, "appconfig", *whole).stop_experiment_run(**run.place)
    assert run.read()["Status"] == "DONE"


def test_who_starts_a_run_must_also_be_allowed_to_deploy(
    cloud: EmbeddedCloud, flags: DemoFlags
) -> None:
    definition = define_experiment(cloud, flags, FLAG)
    of_definition = f"{application(flags)}/experimentdefinition/{definition}"
    place = {
        "ApplicationIdentifier": flags.application_id,
        "ExperimentDefinitionIdentifier": definition,
    }
    starting = "appconfig:StartExperimentRun"
    whole = [
        *(allow(starting, resource=arn) for arn in (application(flags), of_definition)),
        *(allow("appconfig:StartDeployment", resource=arn) for arn in deploying(flags)),
    ]

    for lacking in without_one(whole):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            acting_as(cloud, "appconfig", *lacking).start_experiment_run(**place)
    assert acting_as(cloud, "appconfig", *whole).start_experiment_run(**place)["Run"] == 1


def concerned(flags: DemoFlags, run: DemoRun) -> list[str]:
    definition = f"{application(flags)}/experimentdefinition/{run.definition_id}"
    return [application(flags), definition, f"{definition}/experimentrun/{run.number}"]


def without_one(statements: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The statements without the first, without the second, and so on."""
    return [statements[:n] + statements[n + 1 :] for n in range(len(statements))]
