"""`flag-rollback alarm`: write an alarm that guards a flag, to copy."""

from __future__ import annotations

import re
from math import isnan
from typing import TYPE_CHECKING

import click
from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.errors import RollbackError
from flag_rollback.access import Access, with_access
from flag_rollback.completing import flags
from flag_rollback.error_rate_alarm import ErrorRateAlarm, Metrics
from flag_rollback.sentences import sentence
from flag_rollback.traffic import look, told
from flag_rollback.watched import Watched, find

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class Name(click.ParamType[str]):
    """What a metric, a namespace or a dimension may be called, and what its value may be.

    botocore, CloudWatch's shapes Namespace, MetricName, DimensionName and DimensionValue: printable
    ASCII here, with something that is no blank; a namespace or a dimension begins with no colon.
    """

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take what CloudWatch takes."""
        if not re.fullmatch(r"(?!:)(?=.*[!-~])[ -~]{1,255}", value):
            self.fail(
                f"CloudWatch takes 1 to 255 letters, digits and signs of ASCII, not {value!r}",
                param,
                ctx,
            )
        return value


class Percent(click.FloatRange):
    """A number; "nan" is none, and no comparison says so."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it, or end with a usage error."""
        number = float(super().convert(value, param, ctx))
        return self.fail(f"{value!r} is no number", param, ctx) if isnan(number) else number


@click.command(epilog="Example: flag-rollback alarm new-checkout --namespace Shop --format cli")
@click.argument("flag", type=Name(), shell_complete=flags)
@click.option("--namespace", type=Name(), required=True, help="The metrics' namespace.")
@click.option(
    "--errors", type=Name(), default="Errors", show_default=True, help="The metric of errors."
)
@click.option(
    "--requests", type=Name(), default="Requests", show_default=True, help="That of all requests."
)
@click.option(
    "--dimension",
    type=Name(),
    default="FeatureFlagName",
    show_default=True,
    help="Their one dimension, whose value is the flag.",
)
@click.option(
    "--minimum",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="A minute with fewer requests is not judged.",
)
@click.option(
    "--threshold",
    type=Percent(0, 100, max_open=True),
    default=5.0,
    show_default=True,
    help="Errors in percent; the alarm fires above it.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["cloudformation", "cli"]),
    default="cloudformation",
    show_default=True,
    help="A template, or a command of the AWS CLI.",
)
@with_access
def alarm(
    access: Access,
    flag: str,
    namespace: str,
    errors: str,
    requests: str,
    dimension: str,
    minimum: int,
    threshold: float,
    format_: str,
) -> None:
    """Write an alarm on a flag's error rate, which waits for enough traffic and two bad minutes.

    Nothing is made: copy what is printed. What CloudWatch has of the metrics is said beside it, on
    standard error. It does not look whether the flag is served; once the alarm is there,
    `flag-rollback doctor` does.
    """
    metrics = Metrics(namespace, errors, requests, dimension, flag)
    name = _named(access, flag)
    if len(name) > 255:
        raise click.ClickException(f"an alarm's name has at most 255 characters; {name} has more")
    _look(access, metrics, minimum)
    made = ErrorRateAlarm(name, metrics, minimum, threshold)
    click.echo(
        made.as_command(access.aws_options()) if format_ == "cli" else made.as_cloudformation()
    )


def _named(access: Access, flag: str) -> str:
    """Name the alarm as the stack knows it by, or as one with the default parameters does."""
    access.client("cloudformation")  # what is wrong with region or profile is wrong for good
    try:
        watched = find(access)
    except (BotoCoreError, ClientError, RollbackError, click.ClickException) as error:
        why = error.message if isinstance(error, click.ClickException) else sentence(error)
    else:
        if watched.parameters:
            return watched.alarm_of(flag)
        why = f"the parameters of stack {watched.stack} cannot be read"
    name = Watched("", "").alarm_of(flag)
    _say(True, f"the alarm is named as for a stack with default parameters, {name}: {why}")
    return name


def _look(access: Access, metrics: Metrics, minimum: int) -> None:
    cloudwatch: CloudWatchClient = access.client("cloudwatch")
    try:
        for warning, what in told(look(metrics, cloudwatch), metrics, minimum):
            _say(warning, what)
    except (BotoCoreError, ClientError) as error:
        _say(True, f"it is not known whether there are data points: {sentence(error)}")


def _say(warning: bool, what: str) -> None:
    end = "" if what.endswith("?") else "."
    click.echo(f"{'Warning: ' if warning else ''}{what}{end}", err=True)
