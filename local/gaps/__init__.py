"""What MiniStack lacks or does otherwise than AWS: a module per service, a function per gap."""

from __future__ import annotations

from local.gaps import (
    alarm_contributors,
    appconfig,
    cloudwatch,
    deployments,
    eventbridge,
    experiments,
    functions,
    iam,
    metric_data,
    mute_rules,
    provisioning,
    python_functions,
    sns,
    stepfunctions,
    validators,
)

GAPS = [
    *alarm_contributors.GAPS,
    *appconfig.GAPS,
    *cloudwatch.GAPS,
    *deployments.GAPS,
    *eventbridge.GAPS,
    *experiments.GAPS,
    *functions.GAPS,
    *iam.GAPS,
    *metric_data.GAPS,
    *mute_rules.GAPS,
    *provisioning.GAPS,
    *python_functions.GAPS,
    *sns.GAPS,
    *stepfunctions.GAPS,
    *validators.GAPS,
]


def fill() -> None:
    """Fill every gap, in this process, before it serves."""
    for gap in GAPS:
        gap()
