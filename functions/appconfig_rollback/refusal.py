"""The answer to a version that AppConfig refuses as invalid: the bare switch, written once more.

Notes, stamps and other flags are a courtesy, the switch is the job; a profile's validators may
refuse the former.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appconfig_rollback.errors import BareSwitchRequiredError, InvalidConfigurationError
from appconfig_rollback.plain_text import readable_cause, shortened
from appconfig_rollback.state import State

_LONGEST = 1000


@contextmanager
def less_where_refused(*, bare: bool) -> Iterator[None]:
    """Ask for the bare switch where AppConfig refuses a version that has more in it.

    Raises:
        BareSwitchRequiredError: it refused one with more in it; the state machine begins again.
        InvalidConfigurationError: it refused the bare switch, and there is nothing less to write.
    """
    try:
        yield
    except InvalidConfigurationError as error:
        if bare:
            raise
        raise BareSwitchRequiredError(str(error)) from error


def refused_reason(state: State) -> str | None:
    """Say why AppConfig refused a version of this execution; None where it has not."""
    refused = state.get("refused")
    return shortened(readable_cause(refused["Cause"]), _LONGEST) if refused else None
