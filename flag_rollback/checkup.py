"""All that `flag-rollback doctor` asks, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.errors import RollbackError
from appconfig_rollback.guarding import policy_of
from flag_rollback import checks, flag_checks, other_stack_checks
from flag_rollback.alarm_checks import alarms_are_sound
from flag_rollback.findings import LEVELS, Finding, Level, found
from flag_rollback.sentences import sentence
from flag_rollback.until_off import exposure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flag_rollback.surroundings import Surroundings
    from flag_rollback.until_off import Exposure

#: What is asked, and how the answer is called when all is well.
CHECKS: dict[str, Callable[[Surroundings], Iterator[Finding]]] = {
    "the stack turns flags off by itself": checks.mode,
    "notices have readers": checks.subscriptions,
    "the rules are enabled": checks.rules_enabled,
    "the profile is hosted": checks.hosted,
    "a document is served": checks.deployed,
    "the document is of a shape that is served": flag_checks.document_readable,
    "the profile's versions can be counted": checks.versions,
    "every flag that is on has an alarm": flag_checks.every_flag_that_is_on_has_an_alarm,
    "the flags' policies can be read": flag_checks.policies,
    "every flag that an alarm names can be turned off": flag_checks.every_alarm_has_a_flag,
    "MaxFlagsPerHour has room for what an alarm guards": flag_checks.cap,
    "every alarm is worth acting on": alarms_are_sound,
    "what is off is off for clients": flag_checks.off_is_off,
    "AppConfig's own monitors do not undo a rollback": checks.monitors,
    "no experiment keeps a flag on after its alarm": checks.experiments,
    "no other stack listens to these alarms": other_stack_checks.one_stack,
    "flags whose alarms fire together go off together": checks.mute_rules,
    "Lambda has room for a rollback": checks.concurrency,
    "no dead letters wait": checks.dead_letters,
}
#: What reading may end with.
_ERRORS = (BotoCoreError, ClientError, LookupError, ValueError, RollbackError, click.ClickException)


@dataclass(frozen=True)
class Checked:
    """What a check looked at, and what it found."""

    check: str
    looked_at: str
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything was looked at, and nothing is wrong."""
        return all(finding.level == "note" for finding in self.findings)


def examine(at: Surroundings) -> list[Checked]:
    """Make all checks; what cannot be looked at is unknown, and the rest is looked at."""
    return [_answer(name, check, at) for name, check in CHECKS.items()]


def exposures(at: Surroundings, poll: int) -> list[Exposure]:
    """Say of the fastest and of the slowest alarm how long users would be exposed.

    Empty where no alarm has a period, or nothing can be read.
    """
    try:
        guards, mode = at.guards, at.parameter("Mode")
    except _ERRORS:
        return []
    try:
        took = at.rollback_seconds
    except _ERRORS:
        took = None
    try:
        measured = at.exposed_seconds
    except _ERRORS:
        measured = None
    if mode != "auto":
        return []  # no alarm turns anything off
    acting = [guard for guard in guards if policy_of(guard.tags or {}) == "auto"]
    each = [told for guard in acting if (told := exposure(guard, took, poll, measured))]
    each.sort(key=lambda told: told.seconds)
    return each if len(each) < 2 else [each[0], each[-1]]


def count(answers: Sequence[Checked]) -> dict[Level, int]:
    """Count the findings of each level."""
    levels = [finding.level for answer in answers for finding in answer.findings]
    return {level: levels.count(level) for level in LEVELS}


def _answer(
    name: str, check: Callable[[Surroundings], Iterator[Finding]], at: Surroundings
) -> Checked:
    at.seen.clear()
    findings: list[Finding] = []
    try:
        findings.extend(check(at))
    except _ERRORS as error:
        findings.append(found("unknown", f"{name}: unknown, because {sentence(error)}"))
    return Checked(name, "; ".join(at.seen), tuple(findings))
