"""`make cloud`: the embedded cloud with the stack and the demo flags, until Ctrl-C."""

from __future__ import annotations

import contextlib
import shlex
import signal

from local.cloud import EmbeddedCloud
from local.demo import FLAG, set_up


def main() -> None:
    """Serve until interrupted, by Ctrl-C or by whoever started this in the background."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    with EmbeddedCloud(iam=True) as cloud:
        flags, stack = set_up(cloud)
        print("Point the AWS CLI at it:\n")
        for name, value in cloud.environment().items():
            print(f"  export {name}={shlex.quote(value)}")
        print("\nThe stack's outputs:\n")
        for name, value in stack.outputs.items():
            print(f"  {name:<22} {value}")
        print("\nThe flags:\n")
        print(f"  {'application':<22} {flags.application_id}")
        print(f"  {'environment':<22} {flags.environment_id}")
        print(f"  {'profile':<22} {flags.profile_id}")
        print(
            "\nRing the alarm:\n\n"
            f"  aws cloudwatch set-alarm-state --alarm-name FeatureFlag-{FLAG}-ErrorRate \\\n"
            "    --state-value ALARM --state-reason drill\n"
            "\nOr, with the exports above:\n\n"
            f"  .venv/bin/flag-rollback drill {FLAG} --max-percentage 50\n"
            "  .venv/bin/flag-rollback inspect latest\n\n"
            "Ctrl-C ends it.",
            flush=True,
        )
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
