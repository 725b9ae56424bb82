"""Finds what a flag was before it was turned off.

Nothing in here runs in Lambda; a person calls it, by `flag-rollback restore`, with their own
credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from appconfig_rollback.errors import RollbackError
from appconfig_rollback.plain_text import ascii_line, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from appconfig_rollback.deployments import Completed
    from flag_rollback.flags.served import Profile


class NeverOnError(LookupError):
    """No document that was served has the flag on."""


@dataclass(frozen=True)
class Before:
    """What was served last with the flag on, since when, and the deployment that turned it off."""

    version: int
    since: datetime
    turned_off_by: int


def last_on(profile: Profile, flag: str, *, looked_through: int = 200) -> Before:
    """Go back through what the environment served, to the last version with the flag on.

    Raises:
        NeverOnError: there is none, as far back as is looked.
    """
    after: int | None = None
    for completed in islice(profile.store.completed(), looked_through):
        if after is not None and _is_on(profile, completed, flag):
            return Before(profile.version(completed), completed.started_at, after)
        after = completed.number
    raise NeverOnError(
        f"none of the last {looked_through} documents served has {flag} on, so there is nothing "
        "to go back to; release it as you release a new flag"
    )


def description(flags: Sequence[str], who: str | None, reason: str) -> str:
    """Describe what is restored, for the version and its deployment: by whom comes first.

    AppConfig keeps 1,024 characters of ASCII (API reference, CreateHostedConfigurationVersion); an
    IAM ARN has at most about 700. Many flags are cut before the reason is.
    """
    named = shortened(", ".join(flags), 160)
    return ascii_line(f"Restored by {who or 'unknown'}: {named}: {reason}", 1024)


def _is_on(profile: Profile, completed: Completed, flag: str) -> bool:
    document = profile.document(profile.version(completed))
    try:
        return document.is_on(flag)
    except RollbackError:
        return False
