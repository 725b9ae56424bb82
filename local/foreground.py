"""`make cloud`: the embedded cloud with the stack and the demo flags, until Ctrl-C."""

from __future__ import annotations

import shlex
import signal

from local.cloud import EmbeddedCloud
from local.demo import FLAG, set_up


def main() -> None:
    """Serve until interrupted."""
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
            "    --state-value ALARM --state-reason drill\n\n"
            "Ctrl-C ends it.",
            flush=True,
        )
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
