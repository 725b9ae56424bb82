"""What people want to know of flags while users had them: whose they are, and who released them."""

from __future__ import annotations

from collections.abc import Mapping

from appconfig_rollback.case import Case, Look
from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.plain_text import shortened
from appconfig_rollback.state import Background, Release
from appconfig_rollback.times import iso

#: The state data holds 256 KiB, and a description at most 1,024 characters.
_DESCRIPTION_LIMIT = 200


def release_of(look: Look) -> Release:
    """Describe the deployment that serves the flags."""
    details = look.since[0].details
    return {
        "deployment": details.number,
        "version": look.served.version,
        "description": shortened(details.description, _DESCRIPTION_LIMIT),
        "at": iso(details.started_at) if details.started_at else None,
    }


def background(case: Case, known: Mapping[str, Background]) -> dict[str, Background]:
    """Look up the flags that users get, in what they get; what is known of others stays."""
    found = dict(known)
    rollout = case.rolling_out
    documents = [case.look.document]
    documents += [rollout.document] if rollout and rollout.mark is None else []
    for flag in case.alarm["flags"]:
        if flag in found or flag in case.failed:
            continue
        document = next((each for each in documents if is_on_in(each, flag)), None)
        if document and (said := _said(document, flag)):
            found[flag] = said
    return found


def _said(document: FlagDocument, flag: str) -> Background:
    said: Background = {}
    if (percentage := document.percentage(flag)) is not None:
        said["percentage"] = percentage
    if owner := document.owner(flag):
        said["owner"] = owner
    if ticket := document.ticket(flag):
        said["ticket"] = ticket
    return said
