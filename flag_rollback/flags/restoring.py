"""Finds what a flag was before it was turned off.

Nothing in here runs in Lambda; a person calls it, by `flag-rollback restore`, with their own
credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appconfig_rollback.errors import RollbackError

if TYPE_CHECKING:
    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.flags.served import Deployment, Profile


class NeverOnError(LookupError):
    """No document that was served has the flag on."""


@dataclass(frozen=True)
class Before:
    """What was served last with the flag on, and the deployment that turned it off."""

    version: int
    turned_off_by: Deployment


def last_on(profile: Profile, flag: str, *, looked_through: int = 200) -> Before:
    """Go back through what the environment served, to the last version with the flag on.

    Raises:
        NeverOnError: there is none, as far back as is looked.
    """
    after: Deployment | None = None
    for number, deployment in enumerate(profile.completed()):
        if number >= looked_through:
            break
        version = int(deployment.version)
        if after is not None and _is_on(profile.document(version), flag):
            return Before(version, after)
        after = deployment
    raise NeverOnError(
        f"none of the last {looked_through} documents served has {flag} on, so there is nothing "
        "to go back to; release it as you release a new flag"
    )


def _is_on(document: FlagDocument, flag: str) -> bool:
    try:
        return document.is_on(flag)
    except RollbackError:
        return False
