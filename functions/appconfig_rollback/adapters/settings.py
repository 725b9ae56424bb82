"""The functions' settings: environment variables that template.yaml sets."""

import os

from appconfig_rollback.errors import MissingSettingError
from appconfig_rollback.notice import Target


def setting(name: str) -> str:
    """Read a text that must be there.

    Raises:
        MissingSettingError: it is not set, or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise MissingSettingError(
            f"expected the environment variable {name}, as template.yaml sets it; it is not set"
        )
    return value


def optional(name: str) -> str:
    """Read a text that may be empty."""
    return os.environ.get(name, "")


def number(name: str) -> float:
    """Read a number that must be there.

    Raises:
        MissingSettingError: it is not set, or no number.
    """
    value = setting(name)
    try:
        return float(value)
    except ValueError as error:
        raise MissingSettingError(
            f"expected a number in the environment variable {name}; got {value!r}"
        ) from error


def target() -> Target:
    """Read which configuration profile the stack watches."""
    return Target(
        application=setting("APPCONFIG_APPLICATION"),
        environment=setting("APPCONFIG_ENVIRONMENT"),
        profile=setting("APPCONFIG_PROFILE"),
    )
