"""Times in AWS's answers are read as botocore reads them, only sooner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.adapters import aws

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), None])


@given(st.datetimes(timezones=ZONES))
def test_an_iso_text_is_the_time_that_botocore_reads(time: datetime) -> None:
    text = time.isoformat().replace("+00:00", "Z")

    assert aws._timestamp(text) == time == parse_timestamp(text)


@pytest.mark.parametrize(
    "value",
    [1764072000, 1764072000.25, "1764072000", "Tue, 25 Nov 2025 12:00:00 GMT", "2025-11-25"],
)
def test_any_other_form_is_left_to_botocore(value: object) -> None:
    assert aws._timestamp(value) == parse_timestamp(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["2025-11-25Tnoon", "T", ""])
def test_what_is_no_time_is_refused_as_botocore_refuses_it(value: str) -> None:
    with pytest.raises(ValueError, match="Invalid timestamp"):
        parse_timestamp(value)
    with pytest.raises(ValueError, match="Invalid timestamp"):
        aws._timestamp(value)


def test_clients_read_times_that_way() -> None:
    parser = aws.client("appconfig")._endpoint._response_parser_factory.create_parser("rest-json")

    answer = parser.parse(
        {"status_code": 200, "headers": {}, "body": b'{"StartedAt": "2025-11-25T12:00:00Z"}'},
        aws.client("appconfig").meta.service_model.operation_model("GetDeployment").output_shape,
    )

    assert answer["StartedAt"] == datetime(2025, 11, 25, 12, tzinfo=UTC)
    assert answer["StartedAt"].tzinfo is UTC  # botocore's own would be dateutil's
