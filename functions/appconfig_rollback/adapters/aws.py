"""AWS clients, and the one place where AWS's errors become ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, wraps
from threading import Lock
from typing import Any, TypeVar

from appconfig_rollback.adapters import sdk_model
from appconfig_rollback.errors import (
    InvalidConfigurationError,
    PermissionDeniedError,
    RefreshRequiredError,
    RequestRefusedError,
    ResourceMissingError,
    RetryLaterError,
    RollbackError,
)
from appconfig_rollback.untyped import AwsAnswer, AwsClient

#: What AWS answers to credentials that were good once.
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_DENIED = EXPIRED | {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "InvalidClientTokenId",
    "KMSAccessDenied",
    "KMSAccessDeniedException",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}
_THROTTLED = {
    "KMSThrottling",
    "KMSThrottlingException",
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}

#: What AppConfig answers to a document that it does not take, whoever sent it (API reference,
#: CreateHostedConfigurationVersion).
_REFUSED = {"BadRequestException", "PayloadTooLargeException"}

Answer = TypeVar("Answer")
Handler = Callable[[Any, object], Answer]

#: A session does not make two clients at once (boto3 guide, "Session"); its clients share freely.
_one_at_a_time = Lock()


@contextmanager
def clients_by(make: Callable[[str], AwsClient]) -> Iterator[None]:
    """Let the adapters use another's clients, by service: those of a person at a terminal."""
    global _make
    before, _make = _make, make
    client.cache_clear()
    try:
        yield
    finally:
        _make = before
        client.cache_clear()


@cache
def client(service: str) -> AwsClient:
    """Make the client of a service, once per process.

    Raises:
        SdkModelError: the SDK does not know what the rollback needs of the service.
    """
    return _make(service)


def _of_function(service: str) -> AwsClient:
    """Make the client of a service as a function needs it.

    botocore's standard mode repeats throttled and failed calls with jittered backoff; what is left
    after that is raised as `RetryLaterError`, which the state machine repeats. The limits keep a
    function that makes several calls within its own timeout.
    """
    # The SDK takes most of a cold start, and ParseAlarm mostly does without it.
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": 3}
    limits = Config(
        retries=retries,  # type: ignore[arg-type]
        connect_timeout=2,
        read_timeout=8,
        max_pool_connections=20,  # as many as read side by side at most
    )
    with _one_at_a_time:
        opened = session()
        sdk_model.check(opened, service)
        return opened.create_client(service, config=limits)


_make: Callable[[str], AwsClient] = _of_function


@cache
def session() -> Any:  # noqa: ANN401 - botocore has no types of its own
    """Open the session that all clients share: each makes the next one cheaper.

    botocore's clients are those that boto3 hands out; boto3 itself would only be one more import.
    """
    import botocore.session

    opened = botocore.session.get_session()
    sdk_model.extend(opened)
    parsers = opened.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=_timestamp)
    return opened


def _timestamp(value: AwsAnswer) -> datetime:
    """Read a time as botocore does, but ISO texts at once: AppConfig lists a hundred in an answer.

    botocore tries one format after the other, which takes longer than the rest of such an answer.
    """
    from botocore.utils import parse_timestamp

    if isinstance(value, str) and value[10:11] == "T":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    return parse_timestamp(value)


def ready_on_warm_up(*services: str) -> Callable[[Handler[Answer]], Handler[Answer]]:
    """Let a function make its clients, and do nothing else, when it is sent a warm-up.

    A rollback is rare, so its functions start cold. When an alarm fires, the template's
    `WarmUpRule` sends `{"warmUp": true}` to the functions of the later steps, so that they start
    while the earlier steps work. Nothing depends on it, and nobody reads the answer.
    """

    def ready(handler: Handler[Answer]) -> Handler[Answer]:
        @wraps(handler)
        def with_warm_up(event: Any, context: object) -> Answer:  # noqa: ANN401 - or a warm-up
            if event == {"warmUp": True}:
                for service in services:
                    client(service)
                return None  # type: ignore[return-value]
            return handler(event, context)

        return with_warm_up

    return ready


@contextmanager
def named_errors(doing: str, *, validates: bool = False) -> Iterator[None]:
    """Raise what AWS answers under the name of its remedy.

    `doing` says what was tried, with the names of the things it was tried on. The answer has to be
    read within the block: one that lacks what it must have is an error of the call, too.
    `validates` says that the call has AppConfig look at a document: by a bad request it refuses
    that document, with details or without, and so it does where the document is too large.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ParamValidationError:
        raise
    except ClientError as error:
        raise named(error.response, f"{doing}: {error}", validates=validates) from error
    except (BotoCoreError, ResponseParserError, LookupError, TypeError, ValueError) as error:
        # No connection, one that broke, no answer in time, or an answer without what AWS's API
        # reference promises (botocore takes a body that is no JSON for an answer without fields).
        raise RetryLaterError(f"{doing}: {type(error).__name__}: {error}") from error


def named(
    response: AwsAnswer,
    message: str,
    *,
    validates: bool = False,
) -> RollbackError:
    """Make the error of ours that an answer of AWS's is."""
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLED or status == 429 or status >= 500:
        return RetryLaterError(message)
    if code in _DENIED or status in (401, 403):
        return PermissionDeniedError(message)
    if code == "ConflictException" or status == 409:
        return RefreshRequiredError(message)
    if status == 404 or "NotFound" in code or "DoesNotExist" in code:
        return ResourceMissingError(message)
    constraints = response.get("Details", {}).get("InvalidConfiguration") or []
    if constraints:
        return InvalidConfigurationError(f"{message}. {_constraints(constraints)}")
    if validates and code in _REFUSED:
        return InvalidConfigurationError(message)
    return RequestRefusedError(message)


def _constraints(details: list[dict[str, Any]]) -> str:
    """Say which constraints a document breaks (AppConfig API, `InvalidConfigurationDetail`)."""
    return "; ".join(
        f"{item.get('Type', 'constraint')} {item.get('Constraint', '')!r} at "
        f"{item.get('Location', '?')!r}: {item.get('Reason', '')} (got {item.get('Value', '')!r})"
        for item in details
    )
