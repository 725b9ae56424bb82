"""Lambda's runtime brings an SDK of its own, old or new: the functions do the same with each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.loaders import Loader

from local.cloud import REPOSITORY, EmbeddedCloud
from local.faults import Fault
from local.site import Site, alarm_event, new_flags, other_alarm
from tests.adapters.test_sdk_model import FILES, leaves, ours
from tests.workflow.functions import set_environment
from tests.workflow.told import states

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json

pytestmark = pytest.mark.cloud

#: What `make test` installs: by version, the folder that holds this botocore and nothing else.
SDKS = {
    line.removeprefix("botocore=="): Path(sys.prefix, "sdks", line.removeprefix("botocore=="))
    for line in (REPOSITORY / "constraints-sdks.txt").read_text().split()
}
FLAGS = ("first", "firing", "muted", "denied")


@pytest.fixture(scope="module", params=SDKS)
def sdk(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    assert (SDKS[version] / "botocore").is_dir(), (
        f"expected botocore {version} in {SDKS[version]}; there is none: make .venv/sdks/ready"
    )
    return version


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud, sdk: str) -> Site:
    """A stack whose functions find this SDK before any other, and two alarms, one of them muted."""
    name = f"sdk-{sdk.replace('.', '-')}"
    flags = new_flags(cloud, {"flags": {flag: {"enabled": True} for flag in FLAGS}})
    for flag in ("firing", "muted"):
        other_alarm(cloud, f"{name}-{flag}-ErrorRate", "ALARM")
    cloud.client("cloudwatch").put_alarm_mute_rule(
        Name=name,
        Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": [f"{name}-muted-ErrorRate"]},
    )
    built = Site.build(cloud, flags, name, AlarmNamePrefix=f"{name}-")
    set_environment(built.stack, PYTHONPATH=str(SDKS[sdk]))
    return built


def alarm(site: Site, flag: str) -> Json:
    event = json.dumps(alarm_event(flag))
    return json.loads(event.replace(f"FeatureFlag-{flag}", f"{site.stack.name}-{flag}"))


def on(site: Site) -> set[str]:
    return {name for name, flag in site.served()["flags"].items() if flag["enabled"]}


def test_a_rollback_takes_along_what_fires_leaves_what_is_muted_and_locks_its_deployment(
    site: Site,
) -> None:
    locked = Fault("appconfig:StartDeployment", times=1, about="LatestDeploymentNumber")
    site.cloud.faults.set(locked)

    run = site.run(alarm(site, "first"))

    assert (run.output["outcome"], on(site)) == ("rolled_back", {"muted", "denied"})
    assert site.notices(run.arn)[0]["sweptFlags"] == 1
    assert site.cloud.faults.hits("appconfig:StartDeployment") == 1
    site.cloud.faults.clear()


def test_a_failure_is_announced_and_its_redrive_rolls_back(site: Site, sdk: str) -> None:
    denied = Fault(
        "appconfig:CreateHostedConfigurationVersion",
        403,
        "AccessDeniedException",
        about=f"Botocore/{sdk} ",
    )
    site.cloud.faults.set(denied)

    run = site.run(alarm(site, "denied"))

    assert run.error == "PermissionDeniedError"
    notice = site.notices(run.arn)[0]
    assert (notice["failedState"], states(notice)) == ("CreateVersion", {"denied": "on"})
    site.cloud.faults.clear()
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
    assert "denied" not in on(site)


def test_it_sends_and_reads_what_the_pinned_one_does(sdk: str) -> None:
    assert told_by(SDKS[sdk]) == {**told_by(), "botocore": sdk}


@pytest.mark.parametrize(("service", "kind"), FILES)
def test_what_it_knows_it_knows_as_our_model_has_it(sdk: str, service: str, kind: str) -> None:
    data = str(SDKS[sdk] / "botocore" / "data")
    loader = Loader(extra_search_paths=[data], include_default_search_paths=False)
    known = dict(leaves(loader.load_service_model(service, kind)))
    expected = dict(leaves(ours(service, kind)))

    assert {path: known.get(path, value) for path, value in expected.items()} == expected


@cache
def told_by(*before: Path) -> Json:
    """What the calls send and read in a process of their own, with folders before all others."""
    environment = {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONPATH": os.pathsep.join([*map(str, before), "functions"]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.sdk_calls"],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
