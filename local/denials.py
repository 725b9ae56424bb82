"""What IAM denied on the embedded cloud, noted in the server's log line by line.

MiniStack answers a denied call and notes nothing; our gaps, which ask IAM where MiniStack acts
for a service, turn a denial into what AWS makes of it. Whoever wonders why a flag stayed on wants
to see both.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_LINE = re.compile(r"IAM denies (\S+) the action (\S+)")


def note(who: str, action: str) -> None:
    """Write that IAM denied ``who`` (a role's ARN, or its session's) the action."""
    logger.warning("IAM denies %s the action %s", who, action)


def install() -> None:
    """Note what MiniStack denies, in this process."""
    # Who only reads the log, or only starts the cloud, has no need of MiniStack in this process.
    from ministack.core import iam_evaluator  # type: ignore[import-untyped]

    from local.gaps.replacing import replace

    @replace(iam_evaluator, "enforce")
    def enforce(
        original: Callable[..., object], key: str, action: str, *rest: object, **more: object
    ) -> object:
        denied: Any = original(key, action, *rest, **more)
        if isinstance(denied, iam_evaluator.EvalResult):
            note(denied.principal_arn, action)
        return denied


def read(log: str) -> list[tuple[str, str]]:
    """Find who was denied which action in the text of a log, the first denial first."""
    return _LINE.findall(log)
