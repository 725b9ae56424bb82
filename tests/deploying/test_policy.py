"""The deployer's policy: what `sam deploy`, an update and `sam delete` call, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.gaps.provisioning.handlers import HANDLERS
from local.policies import DEPLOYER, filled, policy
from local.template_permissions import as_list
from local.translation import translated
from local.users import User, create_user
from proofs.permissions.calls import keep
from tests.contract.shipped import TEMPLATE
from tests.deploying.inventory import inventory
from tests.deploying.person import Person, commands
from tests.deploying.test_tools import STACK, Site

if TYPE_CHECKING:
    from pathlib import Path

    from local.cloud import EmbeddedCloud

#: What `sam` calls itself, as the cloud sees it; all else is CloudFormation, for the deployer.
SAM = {
    *(
        f"cloudformation:{name}"
        for name in (
            "CreateChangeSet",
            "DeleteStack",
            "DescribeChangeSet",
            "DescribeStackEvents",
            "DescribeStacks",
            "ExecuteChangeSet",
            "GetTemplate",
            "GetTemplateSummary",
        )
    ),
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}
#: IAM asks about nobody who asks who they are (IAM user guide, GetCallerIdentity).
NEEDS_NOTHING = {"sts:GetCallerIdentity"}
#: Where SAM keeps what it uploads, for all stacks of an account; it stays when a stack goes.
SAMS_OWN = "aws-sam-cli-managed-default"
#: The SAM CLI's bucket, which it makes once for all stacks.
SAMS_TYPES = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy"}


def _granted() -> dict[str, list[str]]:
    """The policies' actions, each with the resources that it is allowed on."""
    found: dict[str, list[str]] = {}
    for name in DEPLOYER:
        for statement in policy(name)["Statement"]:
            for action in as_list(statement["Action"]):
                found.setdefault(action, []).extend(as_list(statement["Resource"]))
    return found


def _both(cloud: EmbeddedCloud) -> dict[str, Any]:
    """The deployer's policies as one, filled in."""
    values = {"REGION": cloud.region, "ACCOUNT": cloud.account_id, "STACK": STACK}
    first, second = (filled(name, values) for name in DEPLOYER)
    return {**first, "Statement": first["Statement"] + second["Statement"]}


def test_every_type_of_the_template_is_one_whose_calls_are_known() -> None:
    template: dict[str, Any] = translated(TEMPLATE)
    types = {resource["Type"] for resource in template["Resources"].values()}

    assert types | SAMS_TYPES == HANDLERS.keys()


def test_the_policy_has_what_sam_and_cloudformation_call_and_nothing_else() -> None:
    of_types = set().union(*(handlers.actions for handlers in HANDLERS.values()))

    assert set(_granted()) == of_types | SAM


def test_all_resources_are_named_only_where_an_action_knows_no_narrower_one() -> None:
    everywhere = set().union(*(handlers.everywhere for handlers in HANDLERS.values()))

    anywhere = {action for action, resources in _granted().items() if "*" in resources}
    assert anywhere == everywhere | {"cloudwatch:DescribeAlarms"}


@pytest.mark.cloud
@pytest.mark.timeout(300)
def test_by_sam_with_the_policy_alone_a_stack_is_deployed_changed_and_deleted(
    cloud: EmbeddedCloud, tmp_path: Path, tools: Path
) -> None:
    deployer = create_user(cloud, "deployer", _both(cloud))
    person, site = Person.at(cloud, tmp_path, tools, deployer.environment), Site(cloud)
    deploy, change, delete = commands("sam")
    before = inventory(cloud)

    parameters = [site.parameters.get(name, "") for name in TEMPLATE["Parameters"]]
    # Then: confirm each change? May SAM make roles? Keep what failed? Keep these answers? Where?
    then = ["n", "y", "n", "y", "", ""]
    person.run(deploy, answers=[STACK, cloud.region, *parameters, *then])
    site.assert_rolls_back()

    person.run(change)
    site.assert_only_notifies()

    site.await_end_of_all()
    person.run(delete, answers=["y", "y"])
    left = inventory(cloud) - before
    assert {name for name in left if SAMS_OWN not in name} == set()
    assert not any(name.startswith("object ") for name in left)
    assert site.is_on("search-v2"), "the flags belong to the team, not to the stack"

    _assert_only_what_is_allowed_was_asked(deployer)
    for name in DEPLOYER:
        actions = (as_list(each["Action"]) for each in policy(name)["Statement"])
        keep(name, deployer, set().union(*actions))


def _assert_only_what_is_allowed_was_asked(deployer: User) -> None:
    """Nothing was denied, and what `sam` itself may do is what it did."""
    asked = {question.action for question in deployer.asked} - NEEDS_NOTHING
    of_types = set().union(*(handlers.actions for handlers in HANDLERS.values()))

    assert [question for question in deployer.asked if not question.allowed] == []
    assert asked - of_types == SAM - of_types
    made = set().union(*(handlers.create for handlers in HANDLERS.values()))
    assert made <= asked, "each type is made, with each of its calls"


@pytest.mark.cloud
@pytest.mark.timeout(300)
def test_without_a_permission_the_stack_is_not_deployed(
    cloud: EmbeddedCloud, tmp_path: Path, tools: Path
) -> None:
    weaker = _both(cloud)
    weaker["Statement"] = [each for each in weaker["Statement"] if each["Sid"] != "PassRoles"]
    deployer = create_user(cloud, "deployer", weaker)
    person, site = Person.at(cloud, tmp_path, tools, deployer.environment), Site(cloud)
    deploy = commands("sam")[0]
    parameters = [site.parameters.get(name, "") for name in TEMPLATE["Parameters"]]

    with pytest.raises(AssertionError, match="iam:PassRole"):
        person.run(deploy, answers=[STACK, cloud.region, *parameters, "n", "y", "n", "y", "", ""])
