"""Experiments on a flag: what an alarm would do about one, and which a rollback has stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appconfig_rollback.exposure import is_on_in
from appconfig_rollback.guarding import ALARM_OPTED_OUT, POLICY_TAG
from appconfig_rollback.mark import read_mark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from appconfig_rollback.experiments import ExperimentRun, Experiments
    from appconfig_rollback.flag_document import FlagDocument
    from appconfig_rollback.policy import Policy


def stopped_by_rollback(
    experiments: Experiments, flag: str, since: datetime
) -> ExperimentRun | None:
    """Find the run on a flag that a rollback stopped last, since a moment; None if none did.

    A rollback leaves its mark in the reason that it passes to AppConfig.
    """
    marked = [
        (mark.transition, run)
        for run in experiments.ended(flag, since)
        if (mark := read_mark(run.reasons))
    ]
    return max(marked, key=lambda pair: pair[0])[1] if marked else None


@dataclass(frozen=True)
class Prospect:
    """What an alarm would do about a run; `remedy` is None where users lose the flag by it."""

    what: str
    remedy: str | None = None


@dataclass(frozen=True)
class Rules:
    """What the stack's parameters Mode and Experiments are set to, and what the alarm allows."""

    mode: str
    experiments: str
    alarm: Policy = "auto"

    @classmethod
    def of(cls, parameters: Mapping[str, str], alarm: Policy = "auto") -> Rules:
        """Read them from the stack's parameters; those that are not there have their defaults."""
        mode, experiments = parameters.get("Mode", "auto"), parameters.get("Experiments", "stop")
        return cls(mode, experiments, alarm)

    def prospect(self, run: ExperimentRun, flag: str, served: FlagDocument | None) -> Prospect:
        """Say what an alarm would do about a run that is RUNNING on its flag."""
        is_on = is_on_in(served, flag) if served else None
        if not run.shows_flag:
            return Prospect(f"{run} has {flag} off for everybody: an alarm would leave it running")
        shows = f"{run} shows {flag} to users: an alarm would"
        if self.mode == "off":
            return Prospect(f"{shows} do nothing, because the stack's Mode is off")
        if self.alarm == "off":
            return Prospect(f"{shows} do nothing, because {ALARM_OPTED_OUT}")
        if is_on is None:
            missing = f"fail, because what is served has no flag {flag}; users would keep it"
            return Prospect(f"{shows} {missing}", f"release {flag}, at least off")
        policy = served.policy(flag) if served else "auto"
        if policy == "off":
            return Prospect(f"{shows} do nothing, because the flag says rollback: off")
        leaves = self.experiments == "leave"
        if "notify" in (self.mode, self.alarm, policy):
            alarms = f"the alarm's tag {POLICY_TAG}" if self.alarm == "notify" else ""
            stacks = "the stack's Mode" if self.mode == "notify" else ""
            whose = stacks or alarms or "the flag's rollback"
            done = "left running" if leaves else "stopped"
            said = f"only say that it would be {done}, because {whose} is notify"
            return Prospect(f"{shows} {said}")
        first = f"turn {flag} off in what is served, then " if is_on else ""
        if leaves:
            fails = "fail with ExperimentLeftRunningError and name it"
            reason = "the stack's Experiments is leave; users would keep the flag"
            return Prospect(
                f"{shows} {first}{fails}, because {reason}",
                "set the stack's parameter Experiments to stop",
            )
        return Prospect(f"{shows} {first}stop it")
