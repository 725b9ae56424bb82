"""Everything that `flag-rollback doctor` can find, each with its level and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: `fail`: the next rollback would not work. `warn`: it works, and something is unwise. `note`:
#: something to know. `unknown`: it could not be looked at, so nobody can say that it is well.
Level = Literal["fail", "warn", "unknown", "note"]

LEVELS: tuple[Level, ...] = ("fail", "warn", "unknown", "note")
_TO_A_SHAPE = (
    "write it in a shape that is served, or set the stack's parameter FlagsAt to where it is"
)


@dataclass(frozen=True)
class Kind:
    """A kind of finding: how bad it is, when it is found, and what fixes it.

    The remedy has names in braces for what differs from finding to finding; None where there is
    nothing to fix.
    """

    level: Level
    when: str
    remedy: str | None = None


KINDS: dict[str, Kind] = {
    # The stack.
    "mode-off": Kind(
        "fail",
        "the stack's Mode is off: it rolls nothing back",
        "set the stack's parameter Mode to auto",
    ),
    "mode-notify": Kind(
        "warn",
        "the stack's Mode is notify: it says what it would turn off, and turns nothing off",
        "set the stack's parameter Mode to auto once you trust what it says",
    ),
    "no-rule": Kind("fail", "the stack has no rule of its own any more", "deploy the stack again"),
    "alarm-rule-disabled": Kind(
        "fail",
        "the rule that starts rollbacks is disabled",
        "aws events enable-rule --name {name}",
    ),
    "rule-disabled": Kind(
        "warn", "another rule of the stack is disabled", "aws events enable-rule --name {name}"
    ),
    "no-subscription": Kind(
        "warn",
        "nobody subscribes to the notices",
        "set the parameter NotificationEmail, or subscribe a chat or a program",
    ),
    "unconfirmed": Kind(
        "warn",
        "somebody has not confirmed their subscription",
        "follow the link in the mail from AWS Notifications",
    ),
    "dead-letters": Kind("warn", "dead letters wait", "deliver them again: {command}"),
    "few-functions": Kind(
        "warn",
        "the account runs fewer than 100 functions at once",
        "ask AWS for more: Service Quotas, AWS Lambda, Concurrent executions",
    ),
    "same-flags": Kind(
        "fail",
        "another stack of this project watches the same profile in the same environment",
        "give {stack} the ids of its own environment, or delete it, or this one",
    ),
    "two-stacks": Kind(
        "warn",
        "another rule starts a state machine on the same alarms",
        "give each stack an AlarmNamePrefix of its own, or delete one",
    ),
    "one-by-one": Kind(
        "warn",
        "the region has no mute rules, or they do not answer",
        "try again later; where the region has no mute rules, set SweepSeconds to 0 to say "
        "that this is known",
    ),
    "monitor-without-role": Kind(
        "fail",
        "AppConfig watches an alarm in the environment, and its role is not MonitorRoleArns'",
        "add {role} to the stack's parameter MonitorRoleArns",
    ),
    "many-versions": Kind(
        "note",
        "the profile keeps at least 80 hosted versions; AWS's own limit on their number is unknown",
        "delete old ones: aws appconfig delete-hosted-configuration-version",
    ),
    # The document.
    "not-hosted": Kind(
        "fail",
        "the profile's documents are not in AppConfig's hosted store",
        "move them to a hosted profile, and set ConfigurationProfileId to it",
    ),
    "nothing-served": Kind(
        "fail",
        "no deployment of the profile has completed in the environment",
        "deploy a version, or look whether EnvironmentId is the right one",
    ),
    "no-shape": Kind(
        "fail", "the document, or a flag that an alarm names, cannot be read", _TO_A_SHAPE
    ),
    "shapes": Kind("note", "beside that, the shapes that are served"),
    "off-is-not-off": Kind("note", "clients make something else of a flag that is off"),
    # Each flag.
    "unguarded": Kind(
        "warn",
        "a flag is on, and no alarm guards it",
        "make an alarm named {alarm}, tag one with feature-flag = {flag}, or set "
        "metadata.rollback to off",
    ),
    "held-back": Kind("note", "a flag's policy is notify or off, or an alarm's is notify"),
    "above-cap": Kind(
        "fail",
        "an alarm guards more flags that are on than MaxFlagsPerHour lets go off",
        "raise the stack's parameter MaxFlagsPerHour to {flags} at least, or give the flags alarms "
        "of their own",
    ),
    "experiment": Kind("note", "an experiment is running on a flag"),
    "experiment-stays": Kind("fail", "an experiment would keep a flag on", "{remedy}"),
    # Each alarm that can turn a flag off.
    "no-such-flag": Kind(
        "fail",
        "an alarm's name or tag names no flag that is served",
        "release flag {flag}, or take it off the alarm, or delete the alarm if the flag is gone "
        "for good",
    ),
    "other-dimension": Kind(
        "warn",
        "the alarm's metric is that of a flag which the alarm does not guard",
        "set its dimension FeatureFlagName to {flags}",
    ),
    "tags-stay": Kind(
        "fail",
        "the alarm's tags name flags, and do not travel with its events",
        "set ActionConfiguration.AlarmTagsPropagation.Enabled of the alarm to true",
    ),
    "tags-may-stay": Kind(
        "unknown",
        "whether the alarm's tags travel is in no answer that this SDK understands",
        "look at the alarm's ActionConfiguration.AlarmTagsPropagation, or update boto3",
    ),
    "one-data-point": Kind(
        "warn",
        "the alarm fires at a single data point",
        "set DatapointsToAlarm to 2, and EvaluationPeriods to 3",
    ),
    "no-minimum": Kind(
        "warn",
        "the alarm divides metrics without asking for a minimum of requests",
        "write IF(requests >= 20, 100 * errors / requests, 0), with the number that suits you",
    ),
    "missing-breaches": Kind(
        "warn",
        "missing data counts as breaching",
        "set TreatMissingData to notBreaching",
    ),
    "often-without-data": Kind(
        "warn",
        "the alarm had no data for more than a tenth of the last day",
        "see that the application emits the metric, or set TreatMissingData to notBreaching",
    ),
    "slow": Kind(
        "warn",
        "the alarm takes more than 5 minutes to fire",
        "shorten its Period, or lower DatapointsToAlarm (not to 1)",
    ),
    "actions-disabled": Kind(
        "warn",
        "the alarm's actions are disabled, which holds back no rollback",
        "enable them; to hold back rollbacks, mute the alarm or tag it feature-flag-rollback = off",
    ),
    "muted": Kind(
        "warn",
        "the alarm is muted now, so it turns nothing off",
        "end the mute rule when its reason is gone",
    ),
    "fires": Kind(
        "warn",
        "the alarm fires now, and its flag is on: it starts a rollback only when it fires again",
        "turn the flag off, or fix the alarm",
    ),
    "fires-off": Kind(
        "note", "the alarm fires now, and its flags are off, or it is a series of an alarm"
    ),
    "composite": Kind("note", "an alarm is made of others, which are not judged"),
    # What could not be looked at.
    "unknown": Kind("unknown", "a check could not be made", "see the error"),
    "not-allowed": Kind(
        "unknown", "you may not read what a check looks at", "allow yourself {actions}"
    ),
}


@dataclass(frozen=True)
class Finding:
    """Something that was found; without a remedy, only something to know."""

    kind: str
    what: str
    remedy: str | None

    @property
    def level(self) -> Level:
        """How bad it is."""
        return KINDS[self.kind].level


def found(kind: str, what: str, **words: str) -> Finding:
    """Make a finding of a kind; `words` are those that its remedy has in braces."""
    remedy = KINDS[kind].remedy
    return Finding(kind, what, remedy.format(**words) if remedy else None)
