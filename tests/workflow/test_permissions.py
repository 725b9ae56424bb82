"""The functions' roles are enforced: what the template does not grant, fails by name."""

import pytest
from local.cloud import EmbeddedCloud

from tests.workflow.site import Site, alarm_event, new_flags

pytestmark = pytest.mark.cloud


def test_a_permission_taken_away_is_a_named_failure(cloud: EmbeddedCloud) -> None:
    site = Site.build(cloud, new_flags(cloud), "no-permission")
    iam = cloud.client("iam")
    role = next(
        role["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if role["RoleName"].startswith("no-permission-CreateVersionFunctionRole")
    )
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)

    run = site.run(alarm_event())

    assert run.error == "PermissionDeniedError"
    assert "CreateVersion" in run.states
    assert len(site.versions()) == 1
