"""What people call the application, the environment and the profile that a stack watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from appconfig_rollback.target import Names

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

    from flag_rollback.watched import Place


def names(appconfig: AppConfigClient, place: Place) -> Names:
    """Read their names (appconfig:GetApplication, GetEnvironment, GetConfigurationProfile).

    Ids replace them where they cannot be read: the rest is needed all the same.
    """
    application = place.application
    try:
        environment = appconfig.get_environment(
            ApplicationId=application, EnvironmentId=place.environment
        )
        profile = appconfig.get_configuration_profile(
            ApplicationId=application, ConfigurationProfileId=place.profile
        )
        known = appconfig.get_application(ApplicationId=application)
        return Names(known["Name"], environment["Name"], profile["Name"])
    except (ClientError, BotoCoreError):
        return Names(application, place.environment, place.profile)
