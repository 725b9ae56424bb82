"""One embedded cloud for each test process, and a stack that most tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.cloud import EmbeddedCloud
from local.site import DOCUMENT, Site, new_flags
from local.stack import delete

if TYPE_CHECKING:
    from collections.abc import Iterator


SHARED = "rollback"


@pytest.fixture(scope="session")
def running_cloud() -> Iterator[EmbeddedCloud]:
    """The cloud, with IAM enforced; Wait states and retry intervals take a 250th."""
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="module")
def cloud(running_cloud: EmbeddedCloud) -> Iterator[EmbeddedCloud]:
    """The cloud, in which a module's own stacks end with it: each would hear of later alarms."""
    yield running_cloud
    cloudformation = running_cloud.client("cloudformation")
    for stack in cloudformation.describe_stacks()["Stacks"]:
        if stack["StackName"] != SHARED:
            delete(cloudformation, stack["StackName"])


@pytest.fixture(scope="session")
def shared_site(running_cloud: EmbeddedCloud) -> Site:
    """The stack that most tests use: its functions stay warm."""
    return Site.build(running_cloud, new_flags(running_cloud), SHARED)


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The shared stack, with the flags on again and no faults."""
    shared_site.cloud.faults.clear()
    shared_site.release(DOCUMENT)
    return shared_site


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:  # noqa: ANN401 - pluggy's protocol
    """Show beside a failed test what IAM denied in its cloud."""
    report = yield
    cloud = getattr(item, "funcargs", {}).get("running_cloud")
    if report.failed and cloud:
        denied = [f"{who} {action}" for who, action in dict.fromkeys(cloud.denials())]
        report.sections.append(("denied by IAM", "\n".join(denied)))
    return report
