"""`make verify-aws`: the contract on real AWS, and answers that AWS's documentation leaves open."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from proofs.aws import prices, single_states
from proofs.aws.account import Account, named_errors, open_account
from proofs.aws.interruption import Interruption
from proofs.aws.making import WHAT_IS_MADE, WITH_EXPERIMENTS, Names
from proofs.aws.removing import runs
from proofs.aws.report import markdown, table
from proofs.aws.trial import MOST_RUNS
from proofs.aws.verify import Verification, clean


@click.command()
@click.option("--region", help="AWS region; else as the AWS CLI finds it.")
@click.option("--profile", help="Named profile of your AWS configuration.")
@click.option(
    "--endpoint-url",
    envvar="AWS_ENDPOINT_URL",
    help="Rehearse on the embedded cloud at this address (see make cloud).",
)
@click.option("--yes", is_flag=True, envvar="YES", help="Do not ask (or set YES=1).")
@click.option(
    "--experiments/--no-experiments",
    default=True,
    help="Ask about AppConfig's experiments, whose runs are billed by the hour.",
    show_default=True,
)
@click.option("--markdown", "path", type=click.Path(path_type=Path), help="Write the table there.")
@click.option("--clean", "run_id", help="Only remove what the run of this id has left behind.")
@click.option("--leftovers", is_flag=True, help="Only list the runs that left something behind.")
def main(
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    yes: bool,
    experiments: bool,
    path: Path | None,
    run_id: str | None,
    leftovers: bool,
) -> None:
    """Verify the rollback in an AWS account; everything that is made is removed again."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    interruption = Interruption()  # whoever ends it, the removal below still runs
    interruption.listen()
    account = open_account(region, profile, endpoint_url)
    if leftovers:
        with named_errors():
            console.print("\n".join(runs(account)) or "No run has left anything behind.")
        return
    if run_id:
        sys.exit(bool(clean(account, Names(run_id), console)))
    names = Names.fresh()
    announce(account, names, console, experiments=experiments)
    if not yes:
        click.confirm("Go on?", abort=True)
    verification = Verification(
        account, names, console, experiments=experiments, before_each=interruption.check
    )
    findings, left = verification.findings, []
    try:
        verification.run()
    finally:
        left = clean(account, names, console)
        console.print(table(findings))
    if path:
        where = "the embedded cloud" if account.rehearsal else f"AWS {account.region}"
        title = f"Verified on {where}, {datetime.now(UTC):%Y-%m-%d}"
        path.write_text(markdown(findings, title), "utf-8")
        console.print(f"Written to {path}.")
    bad = interruption.came or left or any(found.is_bad for found in findings)
    sys.exit(1 if bad else 0)


def announce(account: Account, names: Names, console: Console, *, experiments: bool) -> None:
    """Say what will be made, where, and what it costs at most."""
    where = "the embedded cloud (a rehearsal)" if account.rehearsal else account.region
    console.print(f"In account {account.id}, region {where}, run {names.run_id}:\n")
    for what in (*WHAT_IS_MADE, *([WITH_EXPERIMENTS] if experiments else [])):
        console.print(f"  - {what}")
    console.print(
        f"\nEach is named after the run ({names.common}, {names.alarm_prefix}*). It takes up to "
        "half an hour, and everything is removed at the end.\n"
    )
    listed = prices.items(single_states.calls())
    console.print(prices.table(listed))
    console.print(f"It costs less than {prices.stated(listed)} USD.\n")
    if experiments:
        console.print(f"{prices.not_counted(MOST_RUNS)}\n")


if __name__ == "__main__":
    main()
