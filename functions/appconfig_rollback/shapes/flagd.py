"""A flag of OpenFeature's flagd (https://flagd.dev/reference/flag-definitions)."""

from __future__ import annotations

from appconfig_rollback.shapes.shape import Found, Shape, Switch, switches

_STATES = ("ENABLED", "DISABLED")


class FlagdFlag(Shape):
    """flagd evaluates a disabled flag to the default that the caller's code passes in."""

    name = "an OpenFeature (flagd) flag"
    recognised_by = "an object with `state` ENABLED or DISABLED"
    caveat = "clients then get the default in their own code"
    off_means = f"`state` DISABLED; {caveat}"

    def switches(self, found: Found) -> list[Switch]:
        states = [value.parsed for value in found.named("state") if value.is_string]
        return switches(found, "state", "DISABLED") if set(states) & set(_STATES) else []
