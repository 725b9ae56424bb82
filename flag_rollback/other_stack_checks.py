"""Whether another stack, or another rule, acts on the same alarms or the same flags."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from appconfig_rollback.errors import PermissionDeniedError
from flag_rollback.findings import Finding, found
from flag_rollback.watched import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_events import EventBridgeClient

    from appconfig_rollback.untyped import AwsAnswer
    from flag_rollback.surroundings import Surroundings


def one_stack(at: Surroundings) -> Iterator[Finding]:
    """No other rule starts a state machine on the same alarms, or turns off the same flags."""
    own = at.output("AlarmRuleName")
    ours = _wildcards(at.rules.get(own, {})) or [f"{at.watched.prefix}*{at.watched.suffix}"]
    at.saw(f"{len(at.rules)} rules of the default event bus")
    for name, rule in at.rules.items():
        theirs = _wildcards(rule) if name != own and rule.get("State") != "DISABLED" else []
        machines = _machines(at, name) if theirs else []
        for machine in machines:
            yield from _of_the_same_flags(at, machine)
        if machines and any(_overlap(a, b) for a in ours for b in theirs):
            yield found(
                "two-stacks",
                f"rule {name} listens to {' and '.join(theirs)} as well: an alarm would start both",
            )


def _of_the_same_flags(at: Surroundings, machine: str) -> Iterator[Finding]:
    """Whether a state machine is that of a stack which watches the same flags.

    The template names the state machine after its stack.
    """
    try:
        theirs = place_of(at.access, machine)
    except PermissionDeniedError:
        yield found(
            "not-allowed",
            f"whether stack {machine} turns off the same flags is unknown",
            actions="cloudformation:DescribeStacks of that stack",
        )
        return
    if theirs and theirs.is_that_of(at.watched.known_place):
        yield found(
            "same-flags",
            f"stack {machine} watches the same profile in the same environment",
            stack=machine,
        )


def _machines(at: Surroundings, rule: str) -> list[str]:
    """The names of the state machines that a rule starts."""
    events: EventBridgeClient = at.access.client("events")
    targets = events.list_targets_by_rule(Rule=rule)["Targets"]
    arns = [target["Arn"] for target in targets]
    return [arn.split(":")[6] for arn in arns if ":stateMachine:" in arn]


def _wildcards(rule: AwsAnswer) -> list[str]:
    """Read the alarm names that a rule on alarms asks for, as patterns with `*`.

    Alternatives that ask for tags or series instead of names are left out.
    """
    try:
        pattern = json.loads(rule.get("EventPattern") or "{}")
    except ValueError:
        return []
    if "aws.cloudwatch" not in pattern.get("source", []):
        return []
    asked = [each.get("detail", {}) for each in pattern.get("$or", [])]
    wanted = [detail.get("alarmName", []) for detail in asked]
    if not asked or "alarmName" in pattern.get("detail", {}):
        wanted = [pattern.get("detail", {}).get("alarmName", ["*"])]
    return [text for items in wanted for item in items for text in _as_wildcard(item)]


def _as_wildcard(item: object) -> list[str]:
    if isinstance(item, str):
        return [item]
    if not isinstance(item, dict):
        return []
    forms = {"wildcard": "{}", "prefix": "{}*", "suffix": "*{}"}
    return [form.format(item[key]) for key, form in forms.items() if isinstance(item.get(key), str)]


def _overlap(a: str, b: str) -> bool:
    """Whether a name can fit both: one pattern's example fits the other."""
    return any(
        fnmatchcase(x.replace("*", "some-flag"), y.replace("[", "[[]")) for x, y in ((a, b), (b, a))
    )
