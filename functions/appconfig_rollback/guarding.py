"""Which flags an alarm guards: the first that answers of its series, its tags and its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appconfig_rollback.alarm import AlarmChange
from appconfig_rollback.errors import AlarmNameMismatchError, TooManyFlagsError
from appconfig_rollback.policy import Policy, strictest
from appconfig_rollback.state import NamedBy

#: The dimension, in the query of a multi-series alarm, whose values are flags' names.
DIMENSION = "FeatureFlagName"
#: Tags of an alarm: flags' names, separated by blanks. A tag's value holds 256 characters.
FLAG_TAGS = ("feature-flag", *(f"feature-flag-{number}" for number in range(2, 6)))
#: Tag of an alarm: what may be done because of it.
POLICY_TAG = "feature-flag-rollback"

MOST_FLAGS = 50


@dataclass(frozen=True)
class AlarmNames:
    """The text before and after a flag's name in the name of its alarm; the suffix may be empty."""

    prefix: str
    suffix: str

    def flag_of(self, alarm_name: str) -> str:
        """Take the flag's name out of the alarm's.

        Raises:
            AlarmNameMismatchError: it lacks prefix or suffix, or nothing is between them.
        """
        flag = alarm_name.removeprefix(self.prefix).removesuffix(self.suffix)
        if not flag or alarm_name != self.alarm_of(flag):
            raise AlarmNameMismatchError(
                f"expected an alarm named {self.alarm_of('<flag>')}, or one with the tag "
                f"{FLAG_TAGS[0]}; got {alarm_name!r}. Tag or rename the alarm, or set the stack's "
                "parameters AlarmNamePrefix and AlarmNameSuffix"
            )
        return flag

    def alarm_of(self, flag: str) -> str:
        """Name the alarm of a flag."""
        return f"{self.prefix}{flag}{self.suffix}"


@dataclass(frozen=True)
class Guarded:
    """The flags that an alarm guards, without repeats, and what of it says so."""

    flags: tuple[str, ...]
    by: NamedBy


def guarded(change: AlarmChange, tags: Mapping[str, str] | None, names: AlarmNames) -> Guarded:
    """Find the flags that an alarm guards; `tags` are None where they are not known.

    Raises:
        AlarmNameMismatchError: nothing of it names a flag.
        TooManyFlagsError: it names more than one deployment is to turn off.
    """
    if change.contributor and (flag := change.contributor["attributes"].get(DIMENSION)):
        return Guarded((flag,), "contributor")
    found = named(change.name, tags or {}, names)
    if len(found.flags) > MOST_FLAGS:
        raise TooManyFlagsError(
            f"expected at most {MOST_FLAGS} flags in the tags {FLAG_TAGS[0]} to {FLAG_TAGS[-1]} of "
            f"alarm {change.name!r}; got {len(found.flags)}. Give them to several alarms"
        )
    return found


def named(alarm_name: str, tags: Mapping[str, str], names: AlarmNames) -> Guarded:
    """Find the flags that an alarm's tags name, or else its own name.

    Raises:
        AlarmNameMismatchError: neither names a flag.
    """
    if tagged := tagged_flags(tags):
        return Guarded(tagged, "tag")
    return Guarded((names.flag_of(alarm_name),), "name")


def tagged_flags(tags: Mapping[str, str]) -> tuple[str, ...]:
    """List the flags that an alarm's tags name, without repeats."""
    return tuple(dict.fromkeys(name for tag in FLAG_TAGS for name in tags.get(tag, "").split()))


def policy_of(tags: Mapping[str, str]) -> Policy:
    """Read what may be done because of an alarm, by its tag."""
    return strictest([tags.get(POLICY_TAG, "").strip()])


#: Why an alarm that opted out by its tag is ignored.
ALARM_OPTED_OUT = f"the alarm's tag {POLICY_TAG} is off"
