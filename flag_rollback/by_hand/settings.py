"""The functions' settings, as the stack's parameters and outputs say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flag_rollback.watched import Watched

_PARAMETERS = {
    "APPCONFIG_APPLICATION": "ApplicationId",
    "APPCONFIG_ENVIRONMENT": "EnvironmentId",
    "APPCONFIG_PROFILE": "ConfigurationProfileId",
    "FLAGS_AT": "FlagsAt",
    "ALARM_NAME_PREFIX": "AlarmNamePrefix",
    "ALARM_NAME_SUFFIX": "AlarmNameSuffix",
    "MAX_ALARM_AGE_MINUTES": "MaxAlarmAgeMinutes",
    "ROLLBACK_BUDGET_MINUTES": "RollbackBudgetMinutes",
    "BUSY_ENVIRONMENT": "BusyEnvironment",
    "EXPERIMENTS": "Experiments",
    "MONITOR_ROLE_ARNS": "MonitorRoleArns",
}
_OUTPUTS = {
    "DEPLOYMENT_STRATEGY_ID": "DeploymentStrategyId",
    "SNS_TOPIC_ARN": "NotificationTopicArn",
}
#: A person changes what was asked for and nothing else, whatever the stack does for alarms.
_OF_A_PERSON = {
    "ROLLBACK_MODE": "auto",
    "SWEEP_SECONDS": "0",
    "MAX_FLAGS_PER_HOUR": "0",
    "WATCH_MINUTES": "0",
}


def variables(watched: Watched) -> Mapping[str, str]:
    """Write the variables that template.yaml sets for the functions, for a person's command.

    Raises:
        click.ClickException: the stack cannot be read, or lacks one of them.
    """
    _ = watched.known_place
    try:
        return {
            **{name: watched.parameters[key] for name, key in _PARAMETERS.items()},
            **{name: watched.outputs[key] for name, key in _OUTPUTS.items()},
            **_OF_A_PERSON,
        }
    except KeyError as missing:
        raise click.ClickException(
            f"expected stack {watched.stack} to have the parameter or output {missing.args[0]}; it "
            "has none. Deploy the stack's template of this release first"
        ) from missing
