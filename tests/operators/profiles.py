"""A profile whose AppConfig is in memory: feature flags, and experiments on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from appconfig_rollback.flag_document import FEATURE_FLAGS
from flag_rollback.flags.served import Profile
from flag_rollback.watched import Place
from tests.steps.fake_experiments import FakeExperiments
from tests.steps.fake_store import FakeStore

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

    from appconfig_rollback.errors import RollbackError

FLAG = "new-checkout"
PLACE = Place("app1234", "env1234", "prof123")


def feature_flags(**flags: bool | dict[str, object]) -> str:
    """A document of feature flags, on or off or as they are; `_` in a name stands for `-`."""
    values = {
        name.replace("_", "-"): {"enabled": flag} if isinstance(flag, bool) else flag
        for name, flag in flags.items()
    }
    return json.dumps({"version": "1", "flags": {key: {} for key in values}, "values": values})


class FakeProfile(Profile):
    """Version 3 is served, with the flag on or off; what is on `runs` and `appconfig` happens."""

    def __init__(self, *, on: bool) -> None:
        super().__init__(cast("AppConfigClient", None), PLACE)
        self.appconfig = FakeStore(type=FEATURE_FLAGS)
        self.appconfig.texts = {
            3: feature_flags(new_checkout=on),
            4: feature_flags(new_checkout=True),
        }
        self.runs = FakeExperiments()
        self.store: Any = self.appconfig
        self._experiments: Any = self.runs

    def experiments_are_denied(self, error: RollbackError) -> None:
        """Let nobody read the experiments."""
        self.runs.broken_by = error
