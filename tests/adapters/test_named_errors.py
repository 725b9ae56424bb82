"""What AWS answers becomes an error that is named after its remedy."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from appconfig_rollback.adapters import sdk_model
from appconfig_rollback.adapters.aws import client, clients_by, named, named_errors
from appconfig_rollback.errors import (
    InvalidConfigurationError,
    PermissionDeniedError,
    RefreshRequiredError,
    RequestRefusedError,
    ResourceMissingError,
    RetryLaterError,
    RollbackError,
)


def _answer(code: str, status: int, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "as AWS says"},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "StartDeployment")


def _named(error: Exception) -> RollbackError:
    with pytest.raises(RollbackError) as raised, named_errors("doing this to that"):
        raise error
    assert str(raised.value).startswith("doing this to that: ")
    assert raised.value.__cause__ is error
    return raised.value


@pytest.mark.parametrize(
    ("code", "status", "named"),
    [
        ("ThrottlingException", 400, RetryLaterError),
        ("Throttling", 400, RetryLaterError),
        ("Throttled", 429, RetryLaterError),
        ("TooManyRequestsException", 429, RetryLaterError),
        ("KMSThrottling", 400, RetryLaterError),
        ("SomethingNew", 429, RetryLaterError),
        ("InternalServerException", 500, RetryLaterError),
        ("ServiceUnavailable", 503, RetryLaterError),
        ("SomethingNew", 599, RetryLaterError),
        ("AccessDeniedException", 400, PermissionDeniedError),
        ("AccessDeniedException", 403, PermissionDeniedError),
        ("AuthorizationError", 403, PermissionDeniedError),
        ("ExpiredTokenException", 400, PermissionDeniedError),
        ("UnrecognizedClientException", 400, PermissionDeniedError),
        ("KMSAccessDenied", 400, PermissionDeniedError),
        ("SomethingNew", 403, PermissionDeniedError),
        ("ConflictException", 409, RefreshRequiredError),
        ("ConflictException", 400, RefreshRequiredError),
        ("AnotherException", 409, RefreshRequiredError),
        ("ResourceNotFoundException", 404, ResourceMissingError),
        ("NotFound", 404, ResourceMissingError),
        ("ResourceNotFoundException", 400, ResourceMissingError),
        ("ExecutionDoesNotExist", 400, ResourceMissingError),
        ("BadRequestException", 400, RequestRefusedError),
        ("PayloadTooLargeException", 413, RequestRefusedError),
        ("ServiceQuotaExceededException", 402, RequestRefusedError),
        ("InvalidParameter", 400, RequestRefusedError),
    ],
)
def test_an_answer_of_aws_is_named_after_its_remedy(
    code: str, status: int, named: type[RollbackError]
) -> None:
    error = _named(_answer(code, status))

    assert type(error) is named
    assert "as AWS says" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.EndpointConnectionError(endpoint_url="https://x"),
        exceptions.ConnectTimeoutError(endpoint_url="https://x"),
        exceptions.ReadTimeoutError(endpoint_url="https://x"),
        exceptions.ConnectionClosedError(endpoint_url="https://x"),
        exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        exceptions.ResponseStreamingError(error="broken"),
        exceptions.NoCredentialsError(),
        ResponseParserError("not what was expected"),
        KeyError("Items"),
        TypeError("None is no list"),
        ValueError("no number"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_answer_or_a_broken_one_is_worth_another_try(
    error: Exception,
) -> None:
    named = _named(error)

    assert type(named) is RetryLaterError
    assert type(error).__name__ in str(named)


@pytest.mark.parametrize("error", [ZeroDivisionError(), AttributeError(), AssertionError()])
def test_a_mistake_of_ours_keeps_its_name(error: Exception) -> None:
    with pytest.raises(type(error)), named_errors("doing this to that"):
        raise error


def test_a_call_that_the_sdk_refuses_keeps_its_name() -> None:
    with pytest.raises(exceptions.ParamValidationError), named_errors("doing this to that"):
        client("sns").publish(TopicArn=1, Message="x")


def test_a_document_that_the_validators_refuse_is_told_with_each_broken_constraint() -> None:
    details = [
        {
            "Type": "ATTRIBUTE_STRING_CONSTRAINT",
            "Constraint": "required",
            "Location": "$.values.a.limit",
            "Reason": "it is missing",
            "Value": "7",
        },
        {"Type": "other"},
        {"Reason": "unknown"},
    ]
    answer = _answer(
        "BadRequestException",
        400,
        Reason="InvalidConfiguration",
        Details={"InvalidConfiguration": details},
    )

    error = _named(answer)

    assert type(error) is InvalidConfigurationError
    assert str(error).endswith(
        "ATTRIBUTE_STRING_CONSTRAINT 'required' at '$.values.a.limit': it is missing (got '7'); "
        "other '' at '?':  (got ''); constraint '' at '?': unknown (got '')"
    )


@pytest.mark.parametrize("details", [None, []])
def test_a_refusal_without_constraints_is_a_refused_request(details: list[Any] | None) -> None:
    answer = _answer("BadRequestException", 400, Details={"InvalidConfiguration": details})

    assert type(_named(answer)) is RequestRefusedError


@pytest.fixture
def _unmade() -> None:
    """No client has been made yet."""
    client.cache_clear()


@pytest.mark.usefixtures("_unmade")
def test_a_client_repeats_by_itself_within_the_time_of_its_function() -> None:
    config = client("sns").meta.config

    assert config.retries["mode"] == "standard"
    assert config.retries["total_max_attempts"] == 3
    # Three attempts of one call stay below the functions' 50 seconds.
    assert 3 * (config.connect_timeout + config.read_timeout) < 50
    # As many connections as there are readers: AppConfig is asked for so much side by side.
    assert config.max_pool_connections == 20


def test_a_client_is_made_once() -> None:
    assert client("sns") is client("sns")


@pytest.mark.usefixtures("_unmade")
def test_the_sdk_is_held_against_what_is_needed_of_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[str] = []
    monkeypatch.setattr(sdk_model, "check", lambda _, service: held.append(service))

    client("appconfig")

    assert held == ["appconfig"]


@pytest.mark.usefixtures("_unmade")
def test_anothers_clients_are_used_for_a_while() -> None:
    theirs: Any = object()

    with clients_by(lambda _: theirs):
        assert client("sns") is theirs

    assert client("sns") is not theirs


def test_an_answer_that_says_nothing_is_a_refusal() -> None:
    assert type(named({}, "said")) is RequestRefusedError
    assert str(named({}, "said")) == "said"


def test_only_a_call_that_validates_is_told_that_its_document_is_refused() -> None:
    assert type(named(_answer("BadRequestException", 400).response, "said")) is RequestRefusedError


def test_a_bad_request_of_a_call_that_validates_is_a_refused_document_without_details_too() -> None:
    refused = _answer("BadRequestException", 400)

    with pytest.raises(InvalidConfigurationError), named_errors("deploying", validates=True):
        raise refused
    with pytest.raises(RequestRefusedError), named_errors("stopping"):
        raise refused
    with pytest.raises(RequestRefusedError), named_errors("creating", validates=True):
        raise _answer("ServiceQuotaExceededException", 402)


def test_a_document_that_is_too_large_is_a_refused_document() -> None:
    too_large = _answer("PayloadTooLargeException", 413)

    with pytest.raises(InvalidConfigurationError), named_errors("creating", validates=True):
        raise too_large
    with pytest.raises(RequestRefusedError), named_errors("publishing"):
        raise too_large
