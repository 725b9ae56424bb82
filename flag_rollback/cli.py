"""`flag-rollback`: look at rollbacks and operate them, from a terminal."""

from __future__ import annotations

import click

from flag_rollback.access import Access, with_options
from flag_rollback.commands.alarm import alarm
from flag_rollback.commands.dashboard import dashboard
from flag_rollback.commands.doctor import doctor
from flag_rollback.commands.drill import drill
from flag_rollback.commands.executions import executions
from flag_rollback.commands.inspect import inspect
from flag_rollback.commands.off import off
from flag_rollback.commands.redrive import redrive
from flag_rollback.commands.replay import replay
from flag_rollback.commands.restore import restore
from flag_rollback.given import refuse_unprintable
from flag_rollback.sentences import OneSentence


@click.group(
    cls=OneSentence,
    epilog="Example: flag-rollback inspect latest",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@with_options
@click.version_option(package_name="feature-flag-rollback")
@click.pass_context
def main(ctx: click.Context, /, **said: str | None) -> None:
    """See and operate the rollback of feature flags.

    The options below may be given before or after the command.
    """
    refuse_unprintable(said)
    ctx.obj = Access(**said)


for command in (
    executions,
    inspect,
    dashboard,
    off,
    redrive,
    drill,
    restore,
    alarm,
    doctor,
    replay,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
