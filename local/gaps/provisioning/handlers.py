"""What CloudFormation calls for each type of resource, with the credentials of who deploys.

CloudFormation user guide, "Control CloudFormation access with IAM": without a service role it acts
with the permissions of the caller. Which ones a type needs is in its schema, under `handlers`
(CloudFormation CLI user guide, "Resource type schema"); the schemas are public
(`aws cloudformation describe-type --type RESOURCE --type-name ...`). Of each handler this has what
the properties need that our template and the SAM CLI's bucket have: no VPC, no key of one's own, no
code signing, no boundary of permissions. A schema without handlers, or one that could not be read,
is `believed`: the calls are those of the service's API that make, change and remove such a thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Handlers:
    """The actions of a type's handlers; `update` has what `read` needs besides its own."""

    create: tuple[str, ...]
    update: tuple[str, ...]
    delete: tuple[str, ...]
    #: Actions on all resources: they know no narrower one, or it is not known beforehand.
    everywhere: frozenset[str] = field(default_factory=frozenset)
    believed: bool = False

    @property
    def actions(self) -> set[str]:
        """All of them."""
        return {*self.create, *self.update, *self.delete}


def _of(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


_ROLE_READ = _of("iam", "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies")
_PASS_ROLE = ("iam:PassRole",)
_CODE = _of("s3", "GetObject")

HANDLERS: dict[str, Handlers] = {
    "AWS::IAM::Role": Handlers(
        (*_of("iam", "CreateRole PutRolePolicy AttachRolePolicy TagRole"), *_ROLE_READ),
        (
            *_of("iam", "UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy"),
            *_of("iam", "DetachRolePolicy AttachRolePolicy DeleteRolePolicy PutRolePolicy"),
            *_of("iam", "TagRole UntagRole"),
            *_ROLE_READ,
        ),
        (
            *_of("iam", "DeleteRole DetachRolePolicy DeleteRolePolicy"),
            *_of("iam", "GetRole ListAttachedRolePolicies ListRolePolicies"),
        ),
    ),
    "AWS::Lambda::Function": Handlers(
        (*_of("lambda", "CreateFunction GetFunction TagResource"), *_PASS_ROLE, *_CODE),
        (
            *_of("lambda", "GetFunction UpdateFunctionConfiguration UpdateFunctionCode"),
            *_of("lambda", "ListTags TagResource UntagResource GetFunctionCodeSigningConfig"),
            *_of("lambda", "GetRuntimeManagementConfig"),
            *_PASS_ROLE,
            *_CODE,
        ),
        _of("lambda", "DeleteFunction GetFunction"),
    ),
    "AWS::Lambda::Permission": Handlers(
        _of("lambda", "AddPermission"),
        _of("lambda", "GetPolicy"),
        _of("lambda", "RemovePermission"),
    ),
    "AWS::Lambda::EventInvokeConfig": Handlers(
        _of("lambda", "PutFunctionEventInvokeConfig"),
        _of("lambda", "UpdateFunctionEventInvokeConfig GetFunctionEventInvokeConfig"),
        _of("lambda", "DeleteFunctionEventInvokeConfig"),
    ),
    "AWS::StepFunctions::StateMachine": Handlers(
        (
            *_of("states", "CreateStateMachine DescribeStateMachine TagResource"),
            *_PASS_ROLE,
            *_CODE,
        ),
        (
            *_of("states", "UpdateStateMachine DescribeStateMachine"),
            *_of("states", "TagResource UntagResource ListTagsForResource"),
            *_PASS_ROLE,
            *_CODE,
        ),
        _of("states", "DeleteStateMachine DescribeStateMachine"),
    ),
    "AWS::Events::Rule": Handlers(
        (*_of("events", "DescribeRule PutRule PutTargets"), *_PASS_ROLE),
        (
            *_of("events", "DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets"),
            *_PASS_ROLE,
        ),
        _of("events", "DescribeRule ListTargetsByRule RemoveTargets DeleteRule"),
        believed=True,
    ),
    "AWS::SQS::Queue": Handlers(
        _of("sqs", "CreateQueue GetQueueUrl GetQueueAttributes ListQueueTags TagQueue"),
        _of("sqs", "SetQueueAttributes GetQueueAttributes ListQueueTags TagQueue UntagQueue"),
        _of("sqs", "DeleteQueue GetQueueAttributes"),
    ),
    "AWS::SQS::QueuePolicy": Handlers(
        _of("sqs", "SetQueueAttributes"),
        _of("sqs", "SetQueueAttributes"),
        _of("sqs", "SetQueueAttributes"),
    ),
    "AWS::SNS::Topic": Handlers(
        _of("sns", "CreateTopic TagResource GetTopicAttributes"),
        (
            *_of("sns", "SetTopicAttributes GetTopicAttributes GetDataProtectionPolicy"),
            *_of("sns", "TagResource UntagResource ListTagsForResource ListSubscriptionsByTopic"),
        ),
        _of("sns", "GetTopicAttributes DeleteTopic"),
    ),
    "AWS::SNS::Subscription": Handlers(
        _of("sns", "Subscribe ListSubscriptionsByTopic"),
        _of("sns", "GetSubscriptionAttributes SetSubscriptionAttributes"),
        _of("sns", "Unsubscribe"),
        everywhere=frozenset(
            _of("sns", "Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes")
        ),
        believed=True,
    ),
    "AWS::CloudWatch::Alarm": Handlers(
        _of("cloudwatch", "PutMetricAlarm DescribeAlarms TagResource"),
        (
            *_of("cloudwatch", "PutMetricAlarm DescribeAlarms"),
            *_of("cloudwatch", "TagResource UntagResource ListTagsForResource"),
        ),
        _of("cloudwatch", "DeleteAlarms DescribeAlarms"),
    ),
    "AWS::CloudWatch::Dashboard": Handlers(
        _of("cloudwatch", "PutDashboard GetDashboard"),
        _of("cloudwatch", "PutDashboard GetDashboard"),
        _of("cloudwatch", "DeleteDashboards GetDashboard"),
    ),
    "AWS::Logs::LogGroup": Handlers(
        _of("logs", "DescribeLogGroups CreateLogGroup PutRetentionPolicy TagResource"),
        (
            *_of("logs", "DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy"),
            *_of("logs", "TagResource UntagResource ListTagsForResource GetDataProtectionPolicy"),
        ),
        _of("logs", "DescribeLogGroups DeleteLogGroup"),
        everywhere=frozenset(_of("logs", "DescribeLogGroups")),
    ),
    "AWS::AppConfig::DeploymentStrategy": Handlers(
        _of("appconfig", "CreateDeploymentStrategy TagResource"),
        (
            *_of("appconfig", "UpdateDeploymentStrategy GetDeploymentStrategy"),
            *_of("appconfig", "TagResource UntagResource ListTagsForResource"),
        ),
        _of("appconfig", "DeleteDeploymentStrategy"),
        everywhere=frozenset(_of("appconfig", "CreateDeploymentStrategy")),
    ),
    # What the SAM CLI's own stack has, aws-sam-cli-managed-default: it is made once, and stays.
    "AWS::S3::Bucket": Handlers(
        (
            *_of("s3", "CreateBucket PutBucketTagging PutEncryptionConfiguration"),
            *_of("s3", "PutBucketPublicAccessBlock PutBucketVersioning"),
        ),
        (),
        (),
        believed=True,
    ),
    "AWS::S3::BucketPolicy": Handlers(_of("s3", "GetBucketPolicy PutBucketPolicy"), (), ()),
}
