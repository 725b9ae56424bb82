"""What would keep a flag from being turned off: its document, its shape, its policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appconfig_rollback.errors import FlagNotFoundError, RollbackError, UnreadableDocumentError
from appconfig_rollback.guarding import policy_of
from appconfig_rollback.shapes.feature_flags import FeatureFlag
from appconfig_rollback.shapes.known import SHAPES
from flag_rollback.findings import Finding, found
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.surroundings import Surroundings

#: The table of shapes, for people.
_SHAPES = found(
    "shapes",
    "\n".join(
        [
            "These shapes are served:",
            *(f"- {shape.name}: {shape.recognised_by}" for shape in (*SHAPES, FeatureFlag())),
        ]
    ),
)


def document_readable(at: Surroundings) -> Iterator[Finding]:
    """The served document has flags that can be read."""
    if at.document is None:
        return
    try:
        if flags := at.document.flags():
            at.saw(f"{len(flags)} flags")
            return
        what = "the document that is served has no switch where one is looked for"
    except RollbackError as error:
        what = f"the document that is served cannot be read: {sentence(error)}"
    yield found("no-shape", what)
    yield _SHAPES


def every_flag_that_is_on_has_an_alarm(at: Surroundings) -> Iterator[Finding]:
    """Each flag that is on has an alarm that can turn it off, or has opted out."""
    guards, judged = at.guards, 0
    for flag in at.flags:
        if not (at.document and _may_do_harm(at.document, flag)):
            continue
        judged += 1
        if any(guard.guards(flag) for guard in guards):
            continue
        if at.untold:
            yield found(
                "not-allowed",
                f"whether an alarm guards flag {flag} is unknown: tags could not be read",
                actions="cloudwatch:ListTagsForResource",
            )
        else:
            yield found(
                "unguarded",
                f"flag {flag} has no alarm, so nothing turns it off",
                flag=flag,
                alarm=at.watched.alarm_of(flag),
            )
    at.saw(f"{judged} flags that are on, {len(guards)} alarms")


def policies(at: Surroundings) -> Iterator[Finding]:
    """Report each flag that its owner holds back."""
    for flag in at.flags if at.document else ():
        try:
            policy = at.document.policy(flag)  # type: ignore[union-attr]
        except RollbackError:
            continue  # another check says so
        if policy != "auto":
            does = "nothing" if policy == "off" else "nothing but say so"
            yield found("held-back", f"flag {flag} says rollback: {policy}: its alarm does {does}")
    at.saw(f"{len(at.flags)} flags")


def cap(at: Surroundings) -> Iterator[Finding]:
    """No alarm guards more flags than may go off in an hour: its list is held back as a whole."""
    most = int(at.parameter("MaxFlagsPerHour"))
    at.saw(f"MaxFlagsPerHour is {most or '0: any number'}")
    if not most or not at.document:
        return
    for guard in at.guards:
        on = [flag for flag in guard.flags if _would_go_off(at.document, flag)]
        if len(on) > most and policy_of(guard.tags or {}) == "auto":
            yield found(
                "above-cap",
                f"alarm {guard.name} guards {len(on)} flags that are on, and {most} may go off in "
                "an hour: all of them would be held back",
                flags=str(len(on)),
            )


def every_alarm_has_a_flag(at: Surroundings) -> Iterator[Finding]:
    """Each flag that an alarm names can be turned off, and is where flags are looked for.

    Only where the document is understood, and the flag's name is not in it, is the alarm to blame:
    that is said where the alarms are judged.
    """
    unknown = False
    every = {flag: guard.name for guard in at.guards for flag in guard.flags}
    named = {flag: name for flag, name in every.items() if not is_gone(at, flag)}
    for flag, name in named.items() if at.document else ():
        try:
            at.document.is_on(flag)  # type: ignore[union-attr]
        except FlagNotFoundError as error:
            unknown = True
            yield found(
                "no-shape",
                f"flag {flag}, which alarm {name} names, is not where flags are looked for: "
                f"{sentence(error)}",
            )
        except UnreadableDocumentError:
            raise  # no alarm can be judged by it
        except RollbackError as error:
            unknown = True
            yield found(
                "no-shape",
                f"flag {flag}, which alarm {name} names, cannot be turned off: {sentence(error)}",
            )
    if unknown and at.flags:  # where there are none, another check reports the shapes
        yield _SHAPES
    at.saw(f"{len(named)} flags that are served and named by alarms")


def is_gone(at: Surroundings, flag: str) -> bool:
    """Return whether a document that is understood nowhere has a flag's name."""
    return bool(at.flags) and flag not in at.flags and not _is_named(flag, at.document)


def off_is_off(at: Surroundings) -> Iterator[Finding]:
    """Report what else off means to the clients of each flag that an alarm names."""
    every = {flag for guard in at.guards for flag in guard.flags}
    named = sorted(flag for flag in every if not is_gone(at, flag))
    for flag in named if at.document else ():
        try:
            caveat = at.document.caveat(flag)  # type: ignore[union-attr]
        except RollbackError:
            continue  # another check says so
        if caveat:
            yield found("off-is-not-off", f"once flag {flag} is off, {caveat}: see that it is off")
    at.saw(f"{len(named)} flags that are served and named by alarms")


def _may_do_harm(document: FlagDocument, flag: str) -> bool:
    """Return whether a flag is on, as far as is known, and left to the rollback by its owner."""
    try:
        return document.is_on(flag) and document.policy(flag) != "off"
    except RollbackError:
        return True


def _would_go_off(document: FlagDocument, flag: str) -> bool:
    """Return whether a rollback turns a flag off in what is served."""
    try:
        return document.is_on(flag) and document.policy(flag) == "auto"
    except RollbackError:
        return False  # another check says so


def _is_named(flag: str, document: FlagDocument | None) -> bool:
    """Return whether the flag's name is in the document at all, written in either way of JSON."""
    text = document.content.decode(errors="replace") if document else ""
    return any(json.dumps(flag, ensure_ascii=way) in text for way in (True, False))
