"""The request limits of AppConfig."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.limits import Bucket, Limits, counted

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud


def test_a_bucket_holds_a_second_and_fills_again() -> None:
    time = [0.0]
    bucket = Bucket(10, lambda: time[0])
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    time[0] = 0.25
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    assert (bucket.calls, bucket.throttled) == (14, 2)


def test_a_bucket_with_a_burst_fills_up_to_it_again() -> None:
    time = [0.0]
    bucket = Bucket(3, lambda: time[0], burst=13)
    assert [bucket.take() for _ in range(14)] == [True] * 13 + [False]
    time[0] = 2.0
    assert [bucket.take() for _ in range(7)] == [True] * 6 + [False]
    time[0] = 60.0
    assert [bucket.take() for _ in range(14)] == [True] * 13 + [False]


def test_get_operations_may_be_called_ten_times_as_often() -> None:
    limits = Limits()
    for action in ["appconfig:GetDeployment", "appconfig:ListDeployments"]:
        for _ in range(90):
            limits.allow(action)
    counted = limits.counted()
    assert counted["appconfig:GetDeployment"] == {"calls": 90, "throttled": 0}
    assert counted["appconfig:ListDeployments"]["throttled"] >= 50


@pytest.mark.cloud
def test_the_list_of_the_account_s_experiments_is_limited_too(cloud: EmbeddedCloud) -> None:
    cloud.client("appconfig").list_experiment_definitions()
    assert counted(cloud.endpoint_url)["appconfig:ListExperimentDefinitions"]["calls"] >= 1
