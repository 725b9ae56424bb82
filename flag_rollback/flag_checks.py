"""What would keep a flag from being turned off: its document, its shape, its alarm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appconfig_rollback.errors import FlagNotFoundError, RollbackError, UnreadableDocumentError
from appconfig_rollback.shapes.feature_flags import FeatureFlag
from appconfig_rollback.shapes.known import SHAPES
from flag_rollback.sentences import sentence
from flag_rollback.surroundings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.surroundings import Surroundings

_TO_A_SHAPE = (
    "write it in a shape that is served, or set the stack's parameter FlagsAt to where it is"
)
#: The table of shapes, for people.
_SHAPES = Finding(
    "\n".join(
        [
            "These shapes are served:",
            *(f"- {shape.name}: {shape.recognised_by}" for shape in (*SHAPES, FeatureFlag())),
        ]
    ),
    remedy=None,
)


def document_readable(at: Surroundings) -> Iterator[Finding]:
    """The served document has flags that can be read."""
    if at.document is None:
        return
    try:
        if at.document.flags():
            return
        what = "the document that is served has no switch where one is looked for"
    except RollbackError as error:
        what = f"the document that is served cannot be read: {sentence(error)}"
    yield Finding(what, _TO_A_SHAPE)
    yield _SHAPES


def every_flag_that_is_on_has_an_alarm(at: Surroundings) -> Iterator[Finding]:
    """Each flag that is on has an alarm that can turn it off, or has opted out."""
    for flag in at.flags:
        alarm = at.watched.alarm_of(flag)
        if alarm in at.alarms or not (at.document and _may_do_harm(at.document, flag)):
            continue
        others = at.guarded_otherwise
        if flag not in others.flags and not others.every_flag:
            yield Finding(
                f"flag {flag} has no alarm, so nothing turns it off",
                f"make an alarm named {alarm}, tag one with feature-flag = {flag}, or set "
                "metadata.rollback to off",
            )


def every_alarm_has_a_flag(at: Surroundings) -> Iterator[Finding]:
    """Each alarm of that form names a flag that is served, and that can be turned off.

    Only where the document is understood, and the flag's name is not in it, is the alarm to blame.
    """
    unknown = False
    for name, flag in at.alarms.items() if at.document else ():
        try:
            at.document.is_on(flag)  # type: ignore[union-attr]
        except FlagNotFoundError as error:
            if not at.flags or _is_named(flag, at.document):
                unknown = True
                yield Finding(
                    f"flag {flag}, which alarm {name} names, is not where flags are looked for: "
                    f"{sentence(error)}",
                    _TO_A_SHAPE,
                )
            else:
                yield Finding(
                    f"alarm {name} names no flag that is served: its rollback would fail",
                    f"release flag {flag}, or delete the alarm if the flag is gone for good",
                )
        except UnreadableDocumentError:
            raise  # no alarm can be judged by it
        except RollbackError as error:
            unknown = True
            yield Finding(
                f"flag {flag}, which alarm {name} names, cannot be turned off: {sentence(error)}",
                _TO_A_SHAPE,
            )
    if unknown and at.flags:  # where there are none, another check tells the shapes
        yield _SHAPES


def off_is_off(at: Surroundings) -> Iterator[Finding]:
    """Tell of each flag that an alarm names what else off means to its clients."""
    for flag in at.alarms.values() if at.document else ():
        try:
            caveat = at.document.caveat(flag)  # type: ignore[union-attr]
        except RollbackError:
            continue  # another check says so
        if caveat:
            yield Finding(f"once flag {flag} is off, {caveat}: see that it is off", remedy=None)


def _may_do_harm(document: FlagDocument, flag: str) -> bool:
    """Return whether a flag is on, as far as is known, and left to the rollback by its owner."""
    try:
        return document.is_on(flag) and document.policy(flag) != "off"
    except RollbackError:
        return True


def _is_named(flag: str, document: FlagDocument | None) -> bool:
    """Return whether the flag's name is in the document at all, written in either way of JSON."""
    text = document.content.decode(errors="replace") if document else ""
    return any(json.dumps(flag, ensure_ascii=way) in text for way in (True, False))
