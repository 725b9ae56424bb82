"""`make demo`, with `ALARM=tag`, `ALARM=contributor` or `EXPERIMENT=1`, and `make demo-failure`.

A rollback, by an alarm that names its flags by its name, its tag or its series; one of a flag that
an experiment shows to users; and one that fails first. All run on an AWS inside this machine, with
the template that ships.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from appconfig_rollback.aftercare.watch import machine_of_watches
from appconfig_rollback.flag_document import FEATURE_FLAGS
from flag_rollback.execution.visits import read_visits
from flag_rollback.waiting import WaitedTooLongError, wait_for
from local.cloud import REPOSITORY, EmbeddedCloud
from local.demo_alarms import breach_service, create_series_alarm, create_tagged_alarm
from local.demo_client import DemoClient, NotAsPromisedError
from local.demo_experiments import start_run
from local.demo_flags import (
    FEATURE_FLAGS_DOCUMENT,
    DemoFlags,
    breach,
    create_alarm,
    create_demo_flags,
    deployments,
    flags_in,
    make_watched_alarm,
    read_as_client,
)
from local.following import ended, events, started_execution
from local.mailbox import Mail, mails
from local.permissions import taken_away
from local.stack import Stack, deploy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLAG = "new-checkout"
EXPERIMENT = "one-page-checkout"
READER = "on-call@example.com"
WATCH_MINUTES = 15
PICTURES = REPOSITORY / "pictures"

console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


@dataclass(frozen=True)
class Guard:
    """An alarm of the demo: what it is, the flags that it guards, how it is made and fires."""

    alarm: str
    flags: tuple[str, ...]
    make: Callable[[EmbeddedCloud], object]
    fire: Callable[[EmbeddedCloud], object]
    firing: str = "PutMetricData: the error rate goes above the threshold."


SERVICE, SERIES = "storefront-errors", "errors-by-flag"
TWO = (FLAG, "express-delivery")
BY_NAME = Guard(
    f"alarm FeatureFlag-{FLAG}-ErrorRate on metric ErrorRate > 5",
    (FLAG,),
    lambda cloud: make_watched_alarm(cloud, FLAG),
    lambda cloud: breach(cloud, FLAG),
)
BY_TAG = Guard(
    f"alarm {SERVICE}, tag feature-flag = {' '.join(TWO)}",
    TWO,
    lambda cloud: create_tagged_alarm(cloud, SERVICE, {"feature-flag": " ".join(TWO)}),
    lambda cloud: breach_service(cloud, SERVICE),
)
BY_SERIES = Guard(
    f"alarm {SERIES}, GROUP BY FeatureFlagName",
    (FLAG,),
    lambda cloud: create_series_alarm(cloud, SERIES),
    lambda cloud: cloud.contributors.set(SERIES, [{"FeatureFlagName": FLAG}]),
    f"By hand: the series of {FLAG} goes to ALARM. MiniStack, below this AWS, evaluates no GROUP "
    "BY;\nthe event is made as CloudWatch documents it.",
)


class DemoFailedError(RuntimeError):
    """What the demo promises did not happen."""


def main() -> None:
    """Show an act; exits with 1 unless what it promises has happened."""
    acts: dict[str, Callable[[EmbeddedCloud], None]] = {
        "name": show_rollback,
        "tag": lambda cloud: show_rollback(cloud, BY_TAG),
        "contributor": lambda cloud: show_rollback(cloud, BY_SERIES),
        "experiment": show_experiment,
        "failure": show_failure,
    }
    act = acts.get(sys.argv[1])
    if act is None:
        console.print(f"There is no demo of {sys.argv[1]!r}: ALARM is name, tag or contributor.")
        sys.exit(2)
    try:
        with timed("An AWS on this machine: MiniStack, IAM enforced"):
            cloud = EmbeddedCloud(iam=True).__enter__()
        try:
            act(cloud)
        finally:
            cloud.stop()
    except (DemoFailedError, NotAsPromisedError, WaitedTooLongError) as error:
        console.print(f"[bold red]The demo failed:[/] {error}")
        sys.exit(1)
    console.print("[dim]Nothing is left running.[/]")


def show_rollback(cloud: EmbeddedCloud, guard: Guard = BY_NAME) -> None:
    """Let the alarm fire, follow the execution, show what came of it."""
    flags, stack = set_up(cloud, guard=guard)
    before, released = read_as_client(cloud, flags), len(deployments(cloud, flags))
    show_flags("What a client reads", before, before)
    execution = fire(cloud, stack, guard)
    operate(cloud, "inspect", execution, "--follow")
    show_success(cloud, flags, execution, before, notices=1, off=guard.flags)
    made, told = len(deployments(cloud, flags)) - released, len(mails(cloud))
    if (made, told) != (1, 1):
        raise DemoFailedError(f"expected one deployment and one notice; got {made} and {told}")
    show_watch(cloud, execution)
    draw(cloud, execution, "rollback.html")


def show_watch(cloud: EmbeddedCloud, execution: str) -> None:
    """Show that the rollback is watched; nobody waits here for what comes of it."""
    machine, name = machine_of_watches(execution), execution.split(":")[-1]
    watch = started_execution(cloud, machine)
    if watch.split(":")[-1] != name:
        raise DemoFailedError(f"expected a watch over {name}; got {watch}")
    console.print(
        f"{machine.split(':')[-1]} watches alarm and flag for {WATCH_MINUTES} minutes from now on, "
        "and tells whether\nthe alarm recovers and whether the flag stays off.\n"
    )


def show_experiment(cloud: EmbeddedCloud) -> None:
    """Let an experiment show the flag to clients: it is off for them once its run is stopped."""
    flags, stack = set_up(cloud, json.dumps(FEATURE_FLAGS_DOCUMENT), FEATURE_FLAGS)
    run = start_run(cloud, flags, FLAG, name=EXPERIMENT)
    console.print(
        f"{FLAG} is on in what is deployed. Experiment {EXPERIMENT!r} is running, too: it shows "
        f"{FLAG} to its users, whatever is deployed.\n"
    )
    before = read_as_client(cloud, flags)
    show_flags("What a client reads", before, before)
    with DemoClient(cloud, flags, FLAG) as client:
        execution = fire(cloud, stack)
        operate(cloud, "inspect", execution, "--follow")
    console.print(client.told_beside(read_visits(events(cloud, execution))), "")
    console.print(f"While the experiment ran, no deployment took {FLAG} away from the client.\n")
    show_success(cloud, flags, execution, before, notices=1)
    (told,) = json.loads(ended(cloud, execution)["output"])["flags"]
    stopped = told.get("stoppedExperiment")
    if run.read()["Status"] != "DONE" or stopped is None:
        raise DemoFailedError(f"the run is not DONE, or the outcome does not say so: {stopped}")
    draw(cloud, execution, "experiment.html")


def show_failure(cloud: EmbeddedCloud) -> None:
    """Take a permission away, fire, read the notice; give it back, redrive."""
    flags, stack = set_up(cloud)
    before = read_as_client(cloud, flags)
    function, action = "CreateVersionFunction", "appconfig:CreateHostedConfigurationVersion"
    with taken_away(cloud, stack, function, action):
        console.print(f"[bold]{action}[/] is taken away from the role of {function}.")
        execution = fire(cloud, stack)
        operate(cloud, "inspect", execution, "--follow")
        end = ended(cloud, execution)
        if end["status"] != "FAILED":
            raise DemoFailedError(f"without the permission the execution ended {end['status']}")
        show_mail(the_mail(cloud, 1))
        now = read_as_client(cloud, flags)
        console.print(f"For clients {FLAG} is [bold]{on_or_off(flags_in(now)[FLAG])}[/].\n")
        draw(cloud, execution, "failure.html")
    console.print("The permission is given back, and the person redrives the execution:\n")
    operate(cloud, "redrive", "latest", "--yes", "--follow")
    show_success(cloud, flags, execution, before, notices=2)
    draw(cloud, execution, "redriven.html")


def show_success(
    cloud: EmbeddedCloud,
    flags: DemoFlags,
    execution: str,
    before: dict[str, Any],
    *,
    notices: int,
    off: tuple[str, ...] = (FLAG,),
) -> None:
    """Show how a rollback ended, and hold it to what it promises."""
    end = ended(cloud, execution)
    if end["status"] != "SUCCEEDED":
        raise DemoFailedError(f"the execution ended {end['status']}: {end.get('error')}")
    after = read_as_client(cloud, flags)
    show_flags("What a client reads now", after, before)
    show_mail(the_mail(cloud, notices))
    show_metrics(cloud)
    console.print(
        f"\nOutput of the execution:\n{json.dumps(json.loads(end['output']), indent=2)}\n"
    )
    for flag in off:
        if flags_in(after)[flag]["enabled"] is not False:
            raise DemoFailedError(f"clients still read {flag} as on")
    are = "is" if len(off) == 1 else "are"
    console.print(
        f"[bold green]{' and '.join(off)} {are} off for clients, and the notice has arrived.[/]"
    )


def operate(cloud: EmbeddedCloud, *words: str) -> None:
    """Run a command of flag-rollback, as an operator would, and let it show what it shows."""
    console.print(f"  [bold]$ flag-rollback {' '.join(words)}[/]\n", soft_wrap=True)
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    others |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = subprocess.run(
        [sys.executable, "-m", "flag_rollback.cli", *words],
        cwd=REPOSITORY,
        env={**others, **cloud.environment(), "COLUMNS": str(console.width)},
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise DemoFailedError(f"flag-rollback {words[0]} ended with exit code {done.returncode}")
    console.print()


def draw(cloud: EmbeddedCloud, execution: str, name: str) -> None:
    """Write the execution's page."""
    PICTURES.mkdir(exist_ok=True)
    operate(
        cloud,
        "inspect",
        execution.split(":")[-1],
        "--html",
        str(PICTURES.relative_to(REPOSITORY) / name),
    )
    console.print(f"Open [bold]{(PICTURES / name).relative_to(REPOSITORY)}[/] in a browser.\n")


def set_up(
    cloud: EmbeddedCloud,
    document: str | None = None,
    profile_type: str = "AWS.Freeform",
    guard: Guard = BY_NAME,
) -> tuple[DemoFlags, Stack]:
    """Release the demo flags or those of ``document``, deploy the stack, make the alarm."""
    with timed("AppConfig: a document of flags, created and released"):
        flags = create_demo_flags(cloud, document, profile_type=profile_type)
    with timed("template.yaml, deployed by CloudFormation as it ships"):
        stack = deploy(
            cloud,
            {
                **flags.parameters(),
                "NotificationEmail": READER,
                "WatchMinutes": str(WATCH_MINUTES),
            },
        )
    with timed(f"CloudWatch: {guard.alarm}"):
        guard.make(cloud)
        guard_the_others(cloud, flags, guard)
    console.print()
    return flags, stack


def guard_the_others(cloud: EmbeddedCloud, flags: DemoFlags, guard: Guard) -> None:
    """Make an alarm for each other flag that is on, as `flag-rollback doctor` asks for."""
    for name, flag in flags_in(read_as_client(cloud, flags)).items():
        if flag["enabled"] and name not in guard.flags:
            create_alarm(cloud, name)


def fire(cloud: EmbeddedCloud, stack: Stack, guard: Guard = BY_NAME) -> str:
    """Let the alarm fire; returns the execution that EventBridge starts because of it."""
    machine = stack.outputs["StateMachineArn"]
    listed = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    console.print(guard.firing)
    guard.fire(cloud)
    execution = started_execution(
        cloud, machine, known=frozenset(e["executionArn"] for e in listed)
    )
    console.print(f"The alarm fires; EventBridge starts [bold]{execution.split(':')[-1]}[/]:\n")
    return execution


def the_mail(cloud: EmbeddedCloud, number: int) -> Mail:
    """Wait for the notice; SNS delivers it on its own."""
    arrived = wait_for(
        lambda: found if len(found := mails(cloud)) >= number else None, "the notice", seconds=15
    )
    return arrived[number - 1]


def show_flags(title: str, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Show what the data plane serves, changes in bold."""
    flags, flags_before = flags_in(now), flags_in(before)
    columns = ["flag", "enabled"]
    if any("rolloutPercentage" in flag for flag in flags.values()):
        columns.append("rolloutPercentage")
    table = Table(*columns, title=title, title_justify="left", title_style="bold")
    for name, flag in flags.items():
        style = "bold yellow" if flag != flags_before[name] else ""
        cells = [name, on_or_off(flag), str(flag.get("rolloutPercentage", ""))]
        table.add_row(*cells[: len(columns)], style=style)
    console.print(table, "")


def on_or_off(flag: dict[str, Any]) -> str:
    """Say what a client makes of a flag."""
    return "on" if flag["enabled"] else "OFF"


def show_mail(mail: Mail) -> None:
    """Show the notice as its reader gets it."""
    title = f"The notice to {mail.to}: {mail.subject}"
    console.print(Panel(Text(mail.text), title=Text(title, style="bold"), title_align="left"))
    console.print()


def show_metrics(cloud: EmbeddedCloud) -> None:
    """Show what RecordMetric wrote."""
    cloudwatch = cloud.client("cloudwatch")
    now = datetime.now(UTC)
    for metric in cloudwatch.list_metrics(Namespace="FeatureFlags")["Metrics"]:
        name = metric["MetricName"]
        if name == "ErrorRate":
            continue
        points = cloudwatch.get_metric_statistics(
            Namespace="FeatureFlags",
            MetricName=name,
            Dimensions=[{"Name": d["Name"], "Value": d["Value"]} for d in metric["Dimensions"]],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        of = [d["Value"] for d in metric["Dimensions"] if d["Name"] == "FeatureFlagName"]
        about = " of ".join([name, *of])
        unit = "seconds from alarm to flag off" if name == "AlarmToFlagOff" else "rollback"
        for point in points:
            console.print(f"Metric {about}: [bold]{point['Sum']:.4g}[/] {unit}")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    begun = time.monotonic()
    with console.status(f"{what} ..."):
        yield
    console.print(f"{what:<68} {time.monotonic() - begun:5.1f} s")


if __name__ == "__main__":
    main()
