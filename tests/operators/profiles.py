"""A profile whose AppConfig is in memory: feature flags, and experiments on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from appconfig_rollback.flag_document import FEATURE_FLAGS
from flag_rollback.flags.served import Profile
from flag_rollback.watched import Place
from tests.appconfig import AppConfig
from tests.appconfig_client import AppConfigClient as Client
from tests.samples import TARGET

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

    from appconfig_rollback.errors import RollbackError

PLACE = Place(TARGET.application, TARGET.environment, TARGET.profile)


def feature_flags(**flags: bool | dict[str, object]) -> str:
    """A document of feature flags, on or off or as they are; `_` in a name stands for `-`."""
    values = {
        name.replace("_", "-"): {"enabled": flag} if isinstance(flag, bool) else flag
        for name, flag in flags.items()
    }
    return json.dumps({"version": "1", "flags": {key: {} for key in values}, "values": values})


class FakeProfile(Profile):
    """Version 3 is served, with the flag on or off, and version 4 has it on; see `AppConfig`."""

    def __init__(self, *, on: bool) -> None:
        self.appconfig = AppConfig.serving(feature_flags(new_checkout=on), type=FEATURE_FLAGS)
        self.appconfig.versions[4] = feature_flags(new_checkout=True)
        super().__init__(cast("AppConfigClient", Client(self.appconfig)), PLACE)

    def experiments_are_denied(self, error: RollbackError) -> None:
        """Let nobody read the experiments."""
        self.appconfig.fail(error, "ListExperimentDefinitions")
