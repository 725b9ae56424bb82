"""What there is in an account, so that a test sees what a deployment leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud


def inventory(cloud: EmbeddedCloud) -> set[str]:
    """Name everything that a stack or the tools that deploy it can make, as "kind name"."""
    return set(_listed(cloud))


def _listed(cloud: EmbeddedCloud) -> Iterator[str]:
    client = cloud.client
    for stack in client("cloudformation").describe_stacks()["Stacks"]:
        yield f"stack {stack['StackName']}"
    for function in client("lambda").list_functions()["Functions"]:
        yield f"function {function['FunctionName']}"
    for role in client("iam").list_roles()["Roles"]:
        yield f"role {role['RoleName']}"
    for policy in client("iam").list_policies(Scope="Local")["Policies"]:
        yield f"policy {policy['PolicyName']}"
    for machine in client("stepfunctions").list_state_machines()["stateMachines"]:
        yield f"state machine {machine['name']}"
    for rule in client("events").list_rules()["Rules"]:
        yield f"rule {rule['Name']}"
    for topic in client("sns").list_topics()["Topics"]:
        yield f"topic {topic['TopicArn']}"
    for subscription in client("sns").list_subscriptions()["Subscriptions"]:
        yield f"subscription {subscription['SubscriptionArn']}"
    for queue in client("sqs").list_queues().get("QueueUrls", []):
        yield f"queue {queue}"
    for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]:
        yield f"alarm {alarm['AlarmName']}"
    for dashboard in client("cloudwatch").list_dashboards()["DashboardEntries"]:
        yield f"dashboard {dashboard['DashboardName']}"
    for group in client("logs").describe_log_groups()["logGroups"]:
        yield f"log group {group['logGroupName']}"
    for strategy in client("appconfig").list_deployment_strategies()["Items"]:
        yield f"strategy {strategy['Name']}"
    for bucket in client("s3").list_buckets()["Buckets"]:
        yield f"bucket {bucket['Name']}"
        stored = client("s3").list_objects_v2(Bucket=bucket["Name"])
        for item in stored.get("Contents", []):
            yield f"object {bucket['Name']}/{item['Key']}"
