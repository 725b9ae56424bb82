"""What every notice says beside how it ended: which system, which alarm, what was released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appconfig_rollback import commands
from appconfig_rollback.arn import account_of, machine_of, region_of
from appconfig_rollback.console import alarm_url, appconfig_url, console_url
from appconfig_rollback.mark import read_mark
from appconfig_rollback.notices.sns import Step
from appconfig_rollback.state import Background, Measured, Release, State
from appconfig_rollback.target import Target

_VALUES_SHOWN = 5


@dataclass(frozen=True)
class Facts:
    """What is known of an execution and its alarm; whatever is not known is None or missing.

    `fired_at` is when the alarm fired. `release` and `background` are of what users had until then.
    """

    target: Target
    execution_arn: str
    flags: Sequence[str]
    alarm_name: str | None = None
    fired_at: str | None = None
    reason: str = ""
    measured: Measured | None = None
    drill: bool = False
    release: Release | None = None
    background: Mapping[str, Background] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State, target: Target, execution_arn: str) -> Facts:
        """Take them out of the state data of an execution whose alarm could be read."""
        alarm, config = state["alarm"], state.get("config")
        return cls(
            target=target,
            execution_arn=execution_arn,
            flags=alarm["flags"],
            alarm_name=alarm["alarmName"],
            fired_at=alarm["transitionedAt"],
            reason=alarm["reason"],
            measured=alarm.get("measured"),
            drill=alarm.get("drill", False),
            release=config.get("release") if config else None,
            background=config.get("background", {}) if config else {},
        )

    @property
    def environment(self) -> str:
        """What people call the environment."""
        return self.target.called.environment

    def document(self) -> dict[str, Any]:
        """Write them for programs."""
        arn, names = self.execution_arn, self.target.names
        return {
            "applicationName": names.application if names else None,
            "environmentName": names.environment if names else None,
            "profileName": names.profile if names else None,
            "stack": machine_of(arn),
            "region": region_of(arn),
            "account": account_of(arn),
            "alarmFiredAt": self.fired_at,
            "measured": self.measured,
            "drill": self.drill,
            "release": self.release,
            "background": dict(self.background),
            "alarmUrl": alarm_url(self.alarm_name, arn) if self.alarm_name else None,
            "appConfigUrl": self._appconfig,
            "commands": {
                "inspect": commands.inspect(arn),
                "off": commands.off(arn, self.flags) if self.flags else None,
            },
        }

    def sections(self) -> dict[str, str | list[str]]:
        """Write them for people, by headings: what users had, where, and the links."""
        arn = self.execution_arn
        links = [f"execution {console_url(arn)}"]
        links += [f"alarm {alarm_url(self.alarm_name, arn)}"] if self.alarm_name else []
        links += [f"AppConfig {self._appconfig}"]
        before = self._before()
        return {
            **({"Before": before} if before else {}),
            "Where": (
                f"{self.target}; stack {machine_of(arn)}, account {account_of(arn)}, "
                f"{region_of(arn)}"
            ),
            "Look at": links,
        }

    def why(self) -> str:
        """Say why the alarm fired: its reason, and what it measured."""
        name = self.alarm_name or "unknown"
        said = f"Alarm {name} went to ALARM. {self.reason.strip()}".rstrip(". ")
        return f"{said}. {self._measured()}"

    def look(self) -> Step:
        """Say how to see what happened."""
        return Step("See what happened", commands.inspect(self.execution_arn))

    @property
    def _appconfig(self) -> str:
        return appconfig_url(self.target.application, self.target.environment, self.execution_arn)

    def _measured(self) -> str:
        found = self.measured
        if found is None:
            return "It gave no values."
        values = ", ".join(f"{value:g}" for value in found["values"][-_VALUES_SHOWN:])
        threshold = found["threshold"]
        against = "no threshold is given" if threshold is None else f"threshold {threshold:g}"
        what = found["statistic"] or "value"
        each = f", {what} of {found['periodSeconds']} s" if found["periodSeconds"] else ""
        return f"Measured: {values} ({against}{each})."

    def _before(self) -> str:
        """Say what users had: how many of them, by whose release, and whose flag it is."""
        told = []
        for flag, known in self.background.items():
            share = known.get("percentage")
            said = "was on" if share is None else f"was on for {share:g} % of the traffic"
            owner = f", owner {known['owner']}" if "owner" in known else ""
            ticket = f", ticket {known['ticket']}" if "ticket" in known else ""
            told.append(f"{flag} {said}{owner}{ticket}.")
        return " ".join([*told, *self._released()])

    def _released(self) -> Sequence[str]:
        release = self.release
        if release is None:
            return []
        mark = read_mark(release["description"])
        by = f' ("{release["description"]}")' if release["description"] else " (no description)"
        if mark:
            by = (
                f" (by hand, {mark.execution})" if mark.by_hand else f" (rollback {mark.execution})"
            )
        at = f" at {release['at']}" if release["at"] else ""
        number = release["deployment"]
        return [f"Version {release['version']} was served, by deployment {number}{by}{at}."]
