"""`make demo`: a flag goes off because a metric breached, on an AWS inside this machine."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.cloud import EmbeddedCloud
from local.demo_flags import DemoFlags, breach, create_alarm, create_demo_flags, read_as_client
from local.following import ended, follow, started_execution
from local.mailbox import Mail, mails
from local.stack import Stack, deploy
from local.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


FLAG = "new-checkout"
READER = "on-call@example.com"

console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


class DemoFailedError(RuntimeError):
    """What the demo promises did not happen."""


def main() -> None:
    """Show one rollback; exits with 1 unless the flag is off for clients and the notice came."""
    try:
        with timed("An AWS on this machine: MiniStack, IAM enforced"):
            cloud = EmbeddedCloud(iam=True)
            cloud.__enter__()
        try:
            show_rollback(cloud)
        finally:
            cloud.__exit__(None, None, None)
    except DemoFailedError as error:
        console.print(f"[bold red]The demo failed:[/] {error}")
        sys.exit(1)
    console.print("[dim]Nothing is left running.[/]")


def show_rollback(cloud: EmbeddedCloud) -> None:
    """Deploy, let the metric breach, follow the execution, show what came of it."""
    flags, stack = set_up(cloud)
    before = read_as_client(cloud, flags)
    show_flags("What a client reads", before, before)

    execution = ring(cloud, stack)
    follow_live(cloud, execution)
    end = ended(cloud, execution)
    if end["status"] != "SUCCEEDED":
        raise DemoFailedError(f"the execution ended {end['status']}: {end.get('error')}")

    after = read_as_client(cloud, flags)
    show_flags("What a client reads now", after, before)
    show_mail(the_mail(cloud, 1))
    show_metrics(cloud)
    console.print(f"Output of the execution: {end['output']}\n")
    if after["flags"][FLAG]["enabled"] is not False:
        raise DemoFailedError(f"clients still read {FLAG} as on")
    console.print(f"[bold green]{FLAG} is off for clients, and the notice has arrived.[/]")


def set_up(cloud: EmbeddedCloud) -> tuple[DemoFlags, Stack]:
    """Release the demo flags, deploy the stack, make the alarm."""
    with timed("AppConfig: a document of flags, created and released"):
        flags = create_demo_flags(cloud)
    with timed("template.yaml, deployed by CloudFormation as it ships"):
        stack = deploy(
            cloud,
            {**flags.parameters(), "NotificationEmail": READER},
        )
    with timed(f"CloudWatch: alarm FeatureFlag-{FLAG}-ErrorRate on metric ErrorRate > 5"):
        create_alarm(cloud, FLAG)
    console.print()
    return flags, stack


def ring(cloud: EmbeddedCloud, stack: Stack) -> str:
    """Push breaching data points; gives the execution that EventBridge starts because of them."""
    machine = stack.outputs["StateMachineArn"]
    listed = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    console.print("PutMetricData: the error rate goes above the threshold.")
    breach(cloud, FLAG)
    execution = started_execution(
        cloud, machine, known=frozenset(e["executionArn"] for e in listed)
    )
    console.print(f"The alarm rings; EventBridge starts [bold]{execution.split(':')[-1]}[/]:\n")
    return execution


def follow_live(cloud: EmbeddedCloud, execution: str, *, after: int = 0) -> None:
    """Show each state as it is entered and left."""
    start: datetime | None = None
    with console.status("waiting for the first state") as status:
        for step in follow(cloud, execution, after=after):
            start = start or step.at
            offset = (step.at - start).total_seconds()
            if step.what == "entered":
                status.update(f"{step.state} ...")
            elif step.what == "left":
                console.print(
                    f"  {offset - step.seconds:6.2f} s  [green]{step.state:<22}[/]"
                    f" {step.seconds * 1000:7.0f} ms"
                )
            else:
                console.print(f"  {offset:6.2f} s  [red]{step.state:<22}[/] failed: {step.error}")
    console.print()


def the_mail(cloud: EmbeddedCloud, number: int) -> Mail:
    """Wait for the notice; SNS delivers it on its own."""
    try:
        arrived = wait_for(
            lambda: found if len(found := mails(cloud)) >= number else None, "mail", seconds=15
        )
    except TimeoutError as error:
        raise DemoFailedError("no notice has arrived") from error
    return arrived[number - 1]


def show_flags(title: str, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Show what the data plane serves, changes in bold."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in ("flag", "enabled", "rolloutPercentage"):
        table.add_column(column)
    for name, flag in now["flags"].items():
        style = "bold yellow" if flag != before["flags"][name] else ""
        enabled = "on" if flag["enabled"] else "OFF"
        table.add_row(name, enabled, str(flag.get("rolloutPercentage", "")), style=style)
    console.print(table, "")


def show_mail(mail: Mail) -> None:
    """Show the notice as its reader gets it."""
    title = f"The notice to {mail.to}: {mail.subject}"
    console.print(Panel(Text(mail.text), title=Text(title, style="bold"), title_align="left"))
    console.print()


def show_metrics(cloud: EmbeddedCloud) -> None:
    """Show what RecordMetric wrote."""
    cloudwatch = cloud.client("cloudwatch")
    now = time.time()
    for metric in cloudwatch.list_metrics(Namespace="FeatureFlags")["Metrics"]:
        name = metric["MetricName"]
        if name == "ErrorRate":
            continue
        points = cloudwatch.get_metric_statistics(
            Namespace="FeatureFlags",
            MetricName=name,
            Dimensions=[{"Name": d["Name"], "Value": d["Value"]} for d in metric["Dimensions"]],
            StartTime=now - 3600,
            EndTime=now + 60,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        unit = "seconds from alarm to flag off" if name == "AlarmToFlagOff" else "rollback"
        for point in points:
            console.print(f"Metric {name}: [bold]{point['Sum']:.4g}[/] {unit}")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    begun = time.monotonic()
    with console.status(f"{what} ..."):
        yield
    console.print(f"{what:<68} {time.monotonic() - begun:5.1f} s")


if __name__ == "__main__":
    main()
