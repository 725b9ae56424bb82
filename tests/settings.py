"""One set of settings for the functions, wherever tests run them in this process."""

from __future__ import annotations

SETTINGS = {
    "APPCONFIG_APPLICATION": "app1234",
    "APPCONFIG_ENVIRONMENT": "env1234",
    "APPCONFIG_PROFILE": "prof123",
    "FLAGS_AT": "",
    "DEPLOYMENT_STRATEGY_ID": "strat12",
    "SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:notices",
    "ALARM_NAME_PREFIX": "FeatureFlag-",
    "ALARM_NAME_SUFFIX": "-ErrorRate",
    "MAX_ALARM_AGE_MINUTES": "15",
    "ROLLBACK_BUDGET_MINUTES": "15",
    "SWEEP_SECONDS": "300",
    "MAX_FLAGS_PER_HOUR": "0",
    "WATCH_MINUTES": "15",
    "ROLLBACK_MODE": "auto",
    "BUSY_ENVIRONMENT": "wait",
    "EXPERIMENTS": "stop",
    "MONITOR_ROLE_ARNS": "",
}
