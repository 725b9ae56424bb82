"""Lambda's runtime brings an SDK of its own, which may be older than what AppConfig can do."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from local.cloud import EmbeddedCloud
from local.faults import Fault
from tests.workflow.functions import set_environment
from tests.workflow.site import FLAG, Site, alarm_event, new_flags

pytestmark = pytest.mark.cloud


def older_model(folder: Path) -> None:
    """Write AppConfig's model without what botocore learnt late (aws-semantics 3.1 and 3.3)."""
    model: Any = Loader().load_service_model("appconfig", "service-2")
    del model["shapes"]["StartDeploymentRequest"]["members"]["LatestDeploymentNumber"]
    del model["shapes"]["DeploymentSummary"]["members"]["ConfigurationProfileId"]
    place = folder / "appconfig" / "2019-10-09"
    place.mkdir(parents=True)
    (place / "service-2.json").write_text(json.dumps(model))


@pytest.fixture
def site(cloud: EmbeddedCloud, tmp_path: Path) -> Site:
    """A stack whose functions know the older AppConfig only."""
    older_model(tmp_path)
    built = Site.build(cloud, new_flags(cloud), "older-sdk")
    set_environment(built.stack, AWS_DATA_PATH=str(tmp_path))
    return built


def test_a_failure_is_told_and_its_redrive_rolls_back(site: Site) -> None:
    denied = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
    site.cloud.faults.set(denied)

    run = site.run(alarm_event())

    assert run.error == "PermissionDeniedError"
    notice = site.notices(run.arn)[0]
    assert (notice["failedState"], notice["flagState"]) == ("CreateVersion", "on")
    site.cloud.faults.clear()
    # With the number that the newer SDK would send, AppConfig's own lock is not met.
    site.cloud.faults.set(Fault("appconfig:StartDeployment", about="LatestDeploymentNumber"))
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
    assert site.cloud.faults.hits("appconfig:StartDeployment") == 0
    assert site.served()["flags"][FLAG]["enabled"] is False
    site.cloud.faults.clear()
