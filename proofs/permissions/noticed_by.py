"""Which workflow test needs which permission of the template.

A table of hints: `make permissions` runs the test without the permission and believes nothing
that does not fail.
"""

from __future__ import annotations

from local.template_permissions import Permission

_ROLLBACK = "test_rollback.py::test_a_breaching_metric_turns_the_flag_off_for_clients"
_OLD_NEWS = "test_rollback.py::test_an_old_alarm_acts_only_while_it_fires"
_DEAD_RUN = "test_races.py::test_a_version_left_behind_by_a_dead_run_is_deployed_by_the_next"
_ROLLOUT = "test_rollouts.py::test_a_rollout_on_top_of_a_flag_that_is_on_is_stopped_and_rolled_back"
_TOGETHER = (
    "test_together.py::test_what_fires_goes_off_in_the_same_version_and_what_is_muted_stays_on"
)
_BUDGET = (
    "test_redrive_is_looked_up.py::"
    "test_a_deployment_that_outlasts_the_budget_is_red_under_that_name"
)
_REDRIVE = (
    "test_redrive_is_looked_up.py::test_a_redrive_whose_parameters_are_those_of_the_first_attempt"
)
_MONITOR = "test_monitors.py::test_a_firing_monitor_is_suspended_and_put_back"
_MISSING_MONITOR = (
    "test_monitors.py::test_monitors_that_cannot_be_put_back_make_the_run_red_and_are_listed"
)
_FAILURE = "test_failure.py::test_fail_redrive_fail_fix_redrive"
_LONG_INPUT = (
    "test_failure.py::"
    "test_a_machine_that_never_reached_its_notice_is_announced_from_outside[long input]"
)
_DEAD_LETTER = "test_replay.py::test_an_alarm_that_could_not_start_an_execution_is_replayed"

_EXPERIMENT = (
    "test_experiments.py::"
    "test_a_flag_that_only_an_experiment_shows_goes_off_by_stopping_the_experiment"
)
_TURNED_OFF_FIRST = (
    "test_experiments.py::"
    "test_a_flag_that_is_on_is_turned_off_in_what_is_deployed_before_its_experiment_is_stopped"
)
_NOT_STOPPED = (
    "test_experiments.py::test_a_run_that_cannot_be_stopped_is_red_under_a_name_of_its_own"
)
_ROLLOUT_NOT_STOPPED = (
    "test_rollouts.py::test_a_rollout_that_cannot_be_stopped_is_announced_with_the_flag_on"
)
_OVERTAKEN = (
    "test_labels_and_keys.py::test_a_release_by_its_label_that_overtakes_the_rollback_is_read"
)
_LABEL_FAILED = "test_labels_and_keys.py::test_a_failure_over_a_label_says_whether_the_flag_is_on"
_KEY = "test_labels_and_keys.py::test_a_rollback_is_encrypted_as_what_is_served_is"

_SEVERAL = "test_several_flags.py::"
_OLD_SERIES = f"{_SEVERAL}test_an_old_event_of_a_series_acts_only_while_that_series_is_in_alarm"
_TAGS_FAILED = f"{_SEVERAL}test_tags_that_failed_to_come_along_are_read"
_TAGS_AT_HOME = (
    f"{_SEVERAL}test_the_tags_of_an_alarm_that_is_known_by_its_name_are_read_"
    "where_they_stay_at_home"
)
_SERIES_TOGETHER = f"{_SEVERAL}test_the_series_of_one_alarm_that_fire_go_off_together"
_AFTERCARE = "test_aftercare.py::"
_RECOVERED = f"{_AFTERCARE}test_an_alarm_that_recovers_is_told_once_and_measured"
_SHOWN_AGAIN = (
    f"{_AFTERCARE}test_an_experiment_that_shows_the_flag_again_is_told_and_a_label_is_read"
)
_MISSED = f"{_AFTERCARE}test_news_that_cannot_be_delivered_wait_in_the_queue_of_aftercare"

_TESTS = {
    "RollbackStateMachine": {
        "lambda:InvokeFunction": _ROLLBACK,
        "logs:CreateLogDelivery": _ROLLBACK,
        "logs:CreateLogStream": _ROLLBACK,
        "logs:DeleteLogDelivery": _ROLLBACK,
        "logs:DescribeLogGroups": _ROLLBACK,
        "logs:DescribeResourcePolicies": _ROLLBACK,
        "logs:GetLogDelivery": _ROLLBACK,
        "logs:ListLogDeliveries": _ROLLBACK,
        "logs:PutLogEvents": _ROLLBACK,
        "logs:PutResourcePolicy": _ROLLBACK,
        "logs:UpdateLogDelivery": _ROLLBACK,
    },
    "ParseAlarmFunction": {
        "cloudwatch:DescribeAlarms": _OLD_NEWS,
        "cloudwatch:DescribeAlarmContributors": _OLD_SERIES,
        "cloudwatch:ListTagsForResource": _TAGS_FAILED,
    },
    "FetchConfigFunction": {
        "appconfig:GetConfigurationProfile": _ROLLBACK,
        "appconfig:ListDeployments": _ROLLBACK,
        "appconfig:GetDeployment": _ROLLBACK,
        "appconfig:GetHostedConfigurationVersion": _ROLLBACK,
        "appconfig:ListHostedConfigurationVersions": _ROLLBACK,
        "appconfig:ListExperimentDefinitions": _EXPERIMENT,
        "appconfig:ListExperimentRuns": _EXPERIMENT,
        "appconfig:GetExperimentRun": _EXPERIMENT,
        "cloudwatch:ListTagsForResource": _TAGS_AT_HOME,
        "states:DescribeExecution": _DEAD_RUN,
    },
    "StopRolloutFunction": {
        "appconfig:GetDeployment": _ROLLOUT,
        "appconfig:StopDeployment": _ROLLOUT,
    },
    "StopExperimentFunction": {
        "appconfig:GetExperimentRun": _EXPERIMENT,
        "appconfig:StopExperimentRun": _EXPERIMENT,
        "appconfig:StartDeployment": _EXPERIMENT,
    },
    "CreateVersionFunction": {
        "appconfig:GetHostedConfigurationVersion": _ROLLBACK,
        "appconfig:CreateHostedConfigurationVersion": _ROLLBACK,
        "cloudwatch:DescribeAlarms": _TOGETHER,
        "cloudwatch:DescribeAlarmContributors": _SERIES_TOGETHER,
        "cloudwatch:ListTagsForResource": _TOGETHER,
        "cloudwatch:ListAlarmMuteRules": _TOGETHER,
        "cloudwatch:GetAlarmMuteRule": _TOGETHER,
    },
    "StartDeploymentFunction": {
        "appconfig:StartDeployment": _ROLLBACK,
        "kms:GenerateDataKey": _KEY,
    },
    "CheckDeploymentFunction": {
        "appconfig:GetDeployment": _ROLLBACK,
        "appconfig:ListDeployments": _ROLLBACK,
        "appconfig:GetHostedConfigurationVersion": _ROLLBACK,
        "appconfig:ListHostedConfigurationVersions": _OVERTAKEN,
        "appconfig:ListExperimentDefinitions": _TURNED_OFF_FIRST,
        "appconfig:ListExperimentRuns": _TURNED_OFF_FIRST,
        "appconfig:GetExperimentRun": _TURNED_OFF_FIRST,
        "states:DescribeExecution": _BUDGET,
    },
    "FindMonitorsFunction": {
        "appconfig:GetEnvironment": _MONITOR,
        "cloudwatch:DescribeAlarms": _MONITOR,
    },
    "SuspendMonitorsFunction": {
        "appconfig:GetEnvironment": _MONITOR,
        "appconfig:UpdateEnvironment": _MONITOR,
        "iam:PassRole": _MONITOR,
    },
    "RestoreMonitorsFunction": {
        "appconfig:GetEnvironment": _MONITOR,
        "appconfig:UpdateEnvironment": _MONITOR,
        "iam:PassRole": _MONITOR,
    },
    "NotifyFunction": {
        "sns:Publish": _ROLLBACK,
        # A notice without names has ids.
        "appconfig:GetApplication": _ROLLBACK,
        "appconfig:GetEnvironment": _ROLLBACK,
        "appconfig:GetConfigurationProfile": _ROLLBACK,
    },
    "RecordMetricFunction": {"cloudwatch:PutMetricData": _ROLLBACK},
    "NotifyFailureFunction": {
        "sns:Publish": _FAILURE,
        "states:GetExecutionHistory": _FAILURE,
        "states:DescribeExecution": _LONG_INPUT,
        "appconfig:GetApplication": _FAILURE,
        "appconfig:GetConfigurationProfile": _FAILURE,
        "appconfig:ListDeployments": _FAILURE,
        "appconfig:GetDeployment": _ROLLOUT_NOT_STOPPED,
        "appconfig:GetHostedConfigurationVersion": _FAILURE,
        "appconfig:ListHostedConfigurationVersions": _LABEL_FAILED,
        "appconfig:ListExperimentDefinitions": _NOT_STOPPED,
        "appconfig:ListExperimentRuns": _NOT_STOPPED,
        "appconfig:GetExperimentRun": _NOT_STOPPED,
        "appconfig:GetEnvironment": _MISSING_MONITOR,
    },
    "AftercareStateMachine": {
        "lambda:InvokeFunction": _RECOVERED,
        "logs:CreateLogDelivery": _RECOVERED,
        "logs:CreateLogStream": _RECOVERED,
        "logs:DeleteLogDelivery": _RECOVERED,
        "logs:DescribeLogGroups": _RECOVERED,
        "logs:DescribeResourcePolicies": _RECOVERED,
        "logs:GetLogDelivery": _RECOVERED,
        "logs:ListLogDeliveries": _RECOVERED,
        "logs:PutLogEvents": _RECOVERED,
        "logs:PutResourcePolicy": _RECOVERED,
        "logs:UpdateLogDelivery": _RECOVERED,
    },
    "StartAftercareFunction": {
        "states:DescribeExecution": f"{_AFTERCARE}test_news_that_come_twice_begin_one_watch",
        "states:GetExecutionHistory": _RECOVERED,
        "states:StartExecution": _RECOVERED,
        "appconfig:GetHostedConfigurationVersion": f"{_AFTERCARE}"
        "test_many_alarms_start_as_many_watches_as_there_were_deployments",
    },
    "LookAfterFunction": {
        "cloudwatch:DescribeAlarms": _RECOVERED,
        "cloudwatch:DescribeAlarmContributors": f"{_AFTERCARE}"
        "test_the_series_of_one_alarm_are_watched_together",
        "appconfig:ListDeployments": _RECOVERED,
        "appconfig:GetDeployment": f"{_AFTERCARE}"
        "test_a_pipeline_that_turns_the_flag_on_again_is_told_at_once_and_the_end_besides",
        "appconfig:GetHostedConfigurationVersion": _RECOVERED,
        "appconfig:ListHostedConfigurationVersions": _SHOWN_AGAIN,
        "appconfig:ListExperimentDefinitions": _SHOWN_AGAIN,
        "appconfig:ListExperimentRuns": _SHOWN_AGAIN,
        "appconfig:GetExperimentRun": _SHOWN_AGAIN,
    },
    "TellAftercareFunction": {
        "sns:Publish": _RECOVERED,
        "appconfig:GetApplication": _RECOVERED,
        "appconfig:GetEnvironment": _RECOVERED,
        "appconfig:GetConfigurationProfile": _RECOVERED,
    },
    "RecordAftercareFunction": {"cloudwatch:PutMetricData": _RECOVERED},
    "AftercareDeadLetterQueuePolicy": {"sqs:SendMessage": _MISSED},
    "AwaitRedriveFunction": {"states:DescribeExecution": _REDRIVE},
    "DeadLetterQueuePolicy": {"sqs:SendMessage": _DEAD_LETTER},
}

NOTICED_BY = {
    Permission(resource, action): f"tests/workflow/{test}"
    for resource, tests in _TESTS.items()
    for action, test in tests.items()
}
