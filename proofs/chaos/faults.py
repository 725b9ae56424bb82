"""The faults: what is broken between the functions and AWS, row by row of the table."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofs.chaos.proxy import Rule

#: Waits are shortened to this part where a fault does not last for a time of its own.
HURRIED = 0.1
AS_THEY_ARE = 1.0

OUTAGE_SECONDS = 30.0
#: The functions' clients give a call up after these.
READ_TIMEOUT_SECONDS = 8.0
#: The SDK makes 3 tries of a call, the state machine 9 of a step.
_ALL_TRIES = 27


@dataclass(frozen=True)
class Fault:
    """A row: `rules` gives microburst's rules for a seed, which is 1, 2, ... up to `runs`.

    `wait_scale` is that of the cloud that the runs take place in.
    """

    name: str
    runs: int
    rules: Callable[[int], list[Rule]]
    wait_scale: float = HURRIED


def throttled(share: float, *, runs: int = 10) -> Fault:
    """Throttle a share of all calls."""
    # AppConfig answers 429 (API reference, "Common errors"), older protocols 400.
    codes = {
        "appconfig": ("ThrottlingException", 429),
        "cloudwatch": ("ThrottlingException", 400),
        "sns": ("Throttling", 400),
        "stepfunctions": ("ThrottlingException", 400),
    }
    rules: list[Rule] = [
        {"service": service, "probability": share, "error": {"code": code, "status": status}}
        for service, (code, status) in codes.items()
    ]
    return Fault(f"{share:.0%} of calls throttled", runs, lambda _: rules)


def server_errors(share: float, *, runs: int = 10) -> Fault:
    """Fail a share of all calls, half of them with 500 and half with 503."""
    first = share / 2
    rules: list[Rule] = [
        {"probability": first, "error": {"code": "InternalServerException", "status": 500}},
        # The second rule is asked only where the first one has let a call pass.
        {
            "probability": first / (1 - first),
            "error": {"code": "ServiceUnavailable", "status": 503},
        },
    ]
    return Fault(f"{share:.0%} of calls answered 500 or 503", runs, lambda _: rules)


def slow(seconds: float, *, runs: int) -> Fault:
    """Hold every call back."""
    rules: list[Rule] = [{"latency": seconds * 1000}]
    return Fault(f"every call {seconds:g} s slower", runs, lambda _: rules)


def reset(share: float, *, runs: int = 10) -> Fault:
    """Reset the connection of a share of all calls, before they take effect."""
    rules: list[Rule] = [{"probability": share, "reset": True}]
    return Fault(f"{share:.0%} of connections reset", runs, lambda _: rules)


def broken_off(share: float, *, runs: int = 10) -> Fault:
    """Break a share of all answers off half-way: the calls have taken effect."""
    rules: list[Rule] = [{"probability": share, "response": {"abort_frac": 0.5}}]
    return Fault(f"{share:.0%} of answers broken off", runs, lambda _: rules)


def answer_lost(operation: str, *, service: str = "appconfig", runs: int = 6) -> Fault:
    """Lose answers to a call that takes effect: one, two, ..., and at last those to all tries."""

    def rules(seed: int) -> list[Rule]:
        times = seed if seed < runs else _ALL_TRIES
        lost = {"response": {"abort_bytes": 0}, "times": times}
        return [{"service": service, "operation": operation, **lost}]

    return Fault(f"{operation} done, answer lost", runs, rules)


def late(operation: str, *, service: str = "appconfig", runs: int = 2) -> Fault:
    """Let one call take effect after its caller has given it up and called again, or two."""
    seconds = READ_TIMEOUT_SECONDS + 0.5

    def rules(seed: int) -> list[Rule]:
        held = {"latency": seconds * 1000, "times": seed}
        return [{"service": service, "operation": operation, **held}]

    return Fault(f"{operation} done after its time-out", runs, rules)


def down(service: str, name: str, *, runs: int = 4) -> Fault:
    """Take a service away for 30 s, from a moment of the run that the seed chooses."""

    def rules(seed: int) -> list[Rule]:
        begin = time.time() + (seed - 1) * 0.3
        unavailable = {"code": "ServiceUnavailable", "status": 503}
        lasts = {"active_at": begin, "until": begin + OUTAGE_SECONDS}
        return [{"service": service, "error": unavailable, **lasts}]

    return Fault(f"{name} down for {OUTAGE_SECONDS:g} s", runs, rules, AS_THEY_ARE)


#: The longest first, so that the places are busy to the end.
FAULTS = (
    slow(5, runs=4),
    slow(1, runs=6),
    throttled(0.1),
    throttled(0.3),
    throttled(0.6),
    throttled(0.9),
    server_errors(0.3),
    reset(0.3),
    broken_off(0.2),
    answer_lost("CreateHostedConfigurationVersion"),
    answer_lost("StartDeployment"),
    late("CreateHostedConfigurationVersion"),
    late("StartDeployment"),
    down("appconfig", "AppConfig"),
    down("sns", "SNS"),
    down("cloudwatch", "CloudWatch"),
)
