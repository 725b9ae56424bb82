"""The embedded cloud as its users see it: start it, talk to it, stop it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import boto3
from botocore.config import Config
from botocore.session import Session as BotocoreSession

from local import denials
from local.asked import Asked
from local.contributors import Contributors
from local.faults import Faults
from local.invocations import Environments
from local.latency import Network
from local.validating import Validating

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_appconfigdata import AppConfigDataClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient

REPOSITORY = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
# MiniStack takes this key for the account's root user, whom no policy binds.
ROOT_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class CloudNotStartedError(RuntimeError):
    """The embedded cloud did not answer in time, or ended while starting."""


class EmbeddedCloud:
    """An AWS on this machine, for as long as the ``with`` block lasts.

    ``iam`` makes every call subject to IAM policies (the functions run with their roles);
    ``wait_scale`` shortens what Step Functions waits (Wait states and retry intervals), what
    functions sleep, and what Lambda waits before it repeats an asynchronous call; never timeouts.
    ``filled`` False leaves MiniStack's gaps open (see :mod:`local.gaps`). ``mock_config`` is a mock
    configuration file of Step Functions Local. ``functions`` in-process hosts this project's
    functions in one process (see :mod:`local.in_process`), where each invocation takes
    ``invocation_seconds`` more; ``limits`` enforces AppConfig's request limits (see
    :mod:`local.limits`). ``concurrency`` is how many functions the account runs at once: what is
    above is throttled. ``forked`` False starts each function's process by itself, which takes as
    long as a cold start does (see :mod:`local.forking`).
    """

    region = REGION
    account_id = ACCOUNT_ID

    def __init__(
        self,
        *,
        iam: bool = True,
        wait_scale: float = 1.0,
        filled: bool = True,
        mock_config: Path | None = None,
        functions: Literal["processes", "in-process"] = "processes",
        invocation_seconds: float = 0.0,
        limits: bool = False,
        concurrency: int = 1000,
        forked: bool = True,
        start_seconds: float = 30.0,
    ) -> None:
        self.endpoint_url = ""
        self.filled = filled
        self._mock_config = mock_config
        self._functions = functions
        self._invocation_seconds = invocation_seconds
        self._limits = limits
        self._concurrency = concurrency
        self._forked = forked
        self._iam = iam
        self.wait_scale = wait_scale
        self._start_seconds = start_seconds
        self._home = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._home = Path(tempfile.mkdtemp(prefix="embedded-cloud-"))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            self.endpoint_url = f"http://127.0.0.1:{port}"
            with self._log_path.open("wb") as log:
                self._process = subprocess.Popen(
                    self._command(listener.fileno()),
                    cwd=REPOSITORY,
                    env=self._server_environment(port),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    pass_fds=[listener.fileno()],
                    start_new_session=True,
                )
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server with all its function processes, and remove what it left on disk."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin:
                process.stdin.close()
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def asked(self) -> Asked:
        """Reads what IAM was asked about whom."""
        return Asked(self.endpoint_url)

    @property
    def faults(self) -> Faults:
        """Makes calls of chosen AWS actions fail."""
        return Faults(self.endpoint_url)

    def denials(self) -> list[tuple[str, str]]:
        """Who was denied which action by IAM so far: ARNs and IAM's names of actions."""
        return denials.read(self._log_path.read_text("utf-8", "replace"))

    @property
    def network(self) -> Network:
        """Makes the functions' calls of AWS take longer, and records them."""
        return Network(self.endpoint_url)

    @property
    def validating(self) -> Validating:
        """Chooses when AppConfig runs the validators of a profile."""
        return Validating(self.endpoint_url)

    @property
    def contributors(self) -> Contributors:
        """Says which series of an alarm are in ALARM."""
        return Contributors(self.endpoint_url)

    @property
    def environments(self) -> Environments:
        """Records the functions' invocations, and ends their processes."""
        return Environments(self.endpoint_url)

    def environment(self) -> dict[str, str]:
        """The variables that point the AWS CLI, or any SDK, at this cloud as its root user."""
        return {
            **ROOT_CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    def log_tail(self, lines: int = 40) -> str:
        """The end of the server's log."""
        text = self._log_path.read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])

    @overload
    def client(self, service: Literal["appconfig"]) -> AppConfigClient: ...
    @overload
    def client(self, service: Literal["appconfigdata"]) -> AppConfigDataClient: ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["events"]) -> EventBridgeClient: ...
    @overload
    def client(self, service: Literal["iam"]) -> IAMClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["logs"]) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["sns"]) -> SNSClient: ...
    @overload
    def client(self, service: Literal["sqs"]) -> SQSClient: ...
    @overload
    def client(self, service: Literal["ssm"]) -> SSMClient: ...
    @overload
    def client(self, service: Literal["stepfunctions"]) -> SFNClient: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...
    def client(self, service: str) -> Any:
        """A boto3 client of this cloud, with root's rights. The same one for the same service."""
        if service not in self._clients:
            # The stubs know each service by its literal name only; the overloads above restore it.
            make_client: Any = self._session().client
            self._clients[service] = make_client(
                service,
                endpoint_url=self.endpoint_url,
                # A cloud that ended must be seen at once, not after a minute of retries.
                config=Config(
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    inject_host_prefix=False,  # TestState's is "sync-", before an address
                ),
            )
        return self._clients[service]

    def _session(self) -> boto3.Session:
        return boto3.Session(
            botocore_session=_without_the_users_settings(),
            aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        )

    @property
    def _log_path(self) -> Path:
        return self._home / "server.log"

    def _command(self, listener: int) -> list[str]:
        filled = "filled" if self.filled else "plain"
        return [sys.executable, "-m", "local.server", str(listener), str(self._home), filled]

    def _server_environment(self, port: int) -> dict[str, str]:
        """What the server and its functions see: nothing of this user's AWS settings."""
        return {
            **self.environment(),
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._home),
            "TMPDIR": str(self._home),
            "STATE_DIR": str(self._home / "state"),
            "S3_DATA_DIR": str(self._home / "s3"),
            # The host of the addresses that it hands out, such as a queue's.
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_ACCOUNT_ID": self.account_id,
            "MINISTACK_REGION": self.region,
            "AUTH": str(self._iam).lower(),
            "SFN_WAIT_SCALE": str(self.wait_scale),
            # Lambda tries a failed asynchronous call again after one minute, and after two more
            # (Lambda developer guide, "How Lambda handles errors and retries").
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(60 * self.wait_scale),
            "LAMBDA_ASYNC_RETRY_MAX_SECONDS": str(120 * self.wait_scale),
            "SFN_MOCK_CONFIG": str(self._mock_config or ""),
            "FUNCTIONS": self._functions,
            "INVOCATION_SECONDS": str(self._invocation_seconds),
            "LAMBDA_ACCOUNT_CONCURRENCY": str(self._concurrency),
            "FORKED_FUNCTIONS": str(self._forked).lower(),
            "APPCONFIG_LIMITS": str(self._limits).lower(),
            # Docker is never looked for, and the two services that open a port of their own stay
            # shut.
            "DOCKER_HOST": "unix:///nonexistent",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PYTHONUNBUFFERED": "1",
        }

    def _await_ready(self) -> None:
        """Return once the server answers; its socket already queues our request meanwhile."""
        deadline = time.monotonic() + self._start_seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                with urllib.request.urlopen(  # noqa: S310 - our own http address
                    f"{self.endpoint_url}/_ministack/ready", timeout=left
                ):
                    return
            except urllib.error.HTTPError:  # 503: serving, but not ready yet
                time.sleep(0.02)
            except OSError as error:
                reason = str(error)
                break
        else:
            reason = f"not ready after {self._start_seconds:g} s"
        raise CloudNotStartedError(
            f"the embedded cloud did not start: {reason}; its log ends with:\n{self.log_tail()}"
        )


def _without_the_users_settings() -> BotocoreSession:
    """A session that reads no variable and no file of this user's AWS settings.

    A profile that is not there, or an address in a variable, would be in the way here.
    """
    files = {"config_file": os.devnull, "credentials_file": os.devnull}
    defaults = {
        name: (None, None, files.get(name, default), convert)
        for name, (_, _, default, convert) in BotocoreSession.SESSION_VARIABLES.items()
    }
    return BotocoreSession(session_vars=defaults)
