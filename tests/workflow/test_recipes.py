"""The rules of docs/recipes.md deliver to each tool, and only what somebody has to look at."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.console import console_url
from flag_rollback.waiting import wait_for
from local.site import FLAG, Site, alarm_event, new_flags
from tests.recipes import TOOLS, resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloud import EmbeddedCloud

pytestmark = pytest.mark.cloud

TWO = {"feature-flag": f"{FLAG} search-v2"}


class Recorder(ThreadingHTTPServer):
    """Answers for all tools, and keeps what each of them got: headers and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.got: dict[str, list[tuple[dict[str, str], Any]]] = {tool: [] for tool in TOOLS}

    def address(self, tool: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{tool}"


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Recorder)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got[self.path.strip("/")].append((headers, json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture(scope="module")
def paged(cloud: EmbeddedCloud) -> Site:
    """A stack that may turn off one flag in an hour."""
    return Site.build(cloud, new_flags(cloud), "paged", MaxFlagsPerHour="1")


@pytest.fixture(scope="module")
def recorder(paged: Site) -> Iterator[Recorder]:
    """All tools of the page, as they stand there but for the address."""
    server = Recorder()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for tool in TOOLS:
        _create(paged, tool, server.address(tool))
    yield server
    for tool in TOOLS:
        _remove(paged, tool)
    server.shutdown()
    server.server_close()


def _create(site: Site, tool: str, address: str) -> None:
    events, made = site.cloud.client("events"), resources(tool)
    connection = events.create_connection(Name=tool, **made["Connection"])["ConnectionArn"]
    destination = events.create_api_destination(
        Name=made["Destination"]["Name"],
        ConnectionArn=connection,
        InvocationEndpoint=address,
        HttpMethod=made["Destination"]["HttpMethod"],
    )["ApiDestinationArn"]
    events.put_rule(Name=f"recipe-{tool}", EventPattern=_pattern(site, tool))
    (target,) = made["Rule"]["Targets"]
    done = events.put_targets(
        Rule=f"recipe-{tool}",
        Targets=[
            {
                "Id": target["Id"],
                "Arn": destination,
                "RoleArn": f"arn:aws:iam::{site.cloud.account_id}:role/deliver",
                "InputTransformer": target["InputTransformer"],
            }
        ],
    )
    assert done["FailedEntryCount"] == 0, done


def _remove(site: Site, tool: str) -> None:
    events = site.cloud.client("events")
    events.remove_targets(Rule=f"recipe-{tool}", Ids=[tool])
    events.delete_rule(Name=f"recipe-{tool}")
    events.delete_api_destination(Name=resources(tool)["Destination"]["Name"])
    events.delete_connection(Name=tool)


def _pattern(site: Site, tool: str) -> str:
    """The rule's pattern, for the site's own state machine."""
    text = json.dumps(resources(tool)["Rule"]["EventPattern"])
    reference = json.dumps({"Ref": "StateMachineArn"})
    assert text.count(reference) == 1
    return text.replace(reference, json.dumps(site.stack.outputs["StateMachineArn"]))


def _await(recorder: Recorder, arn: str) -> dict[str, tuple[dict[str, str], Any]]:
    """What each tool got about an execution."""

    def got() -> dict[str, tuple[dict[str, str], Any]] | None:
        found = {
            tool: each
            for tool, all_of_it in recorder.got.items()
            for each in list(all_of_it)
            if arn in json.dumps(each[1])
        }
        return found if found.keys() == TOOLS.keys() else None

    return wait_for(got, f"a request about {arn} at each tool", seconds=30)


def test_each_tool_gets_a_failed_rollback_in_its_own_form(paged: Site, recorder: Recorder) -> None:
    run = paged.run(alarm_event("no-such-flag"))
    assert run.status == "FAILED"
    arn, link = run.arn, console_url(run.arn)
    name = arn.rpartition(":")[2]
    text = f"A feature flag may still be on: rollback {name} failed or was held back"
    look = f"Run: flag-rollback inspect {arn}\n{link}"

    got = _await(recorder, arn)

    bodies = {tool: body for tool, (_, body) in got.items()}
    assert bodies["PagerDuty"] == {
        "routing_key": "secret-pagerduty",
        "event_action": "trigger",
        "dedup_key": arn,
        "payload": {"severity": "critical", "source": arn, "summary": text},
        "links": [{"text": "Execution", "href": link}],
    }
    assert bodies["Opsgenie"].pop("message") in text.replace(f"rollback {name}", "a rollback")
    assert bodies["Opsgenie"] == {
        "alias": arn,
        "priority": "P1",
        "source": "flag-rollback",
        "description": look,
    }
    assert bodies["Jira"] == {
        "fields": {
            "project": {"key": "OPS"},
            "issuetype": {"name": "Task"},
            "summary": text,
            "description": look,
        }
    }
    assert bodies["Slack"] == {"text": f"{text}\n{link}"}
    assert bodies["DevOpsAgent"].pop("timestamp")
    assert bodies["DevOpsAgent"] == {
        "eventType": "incident",
        "action": "created",
        "priority": "HIGH",
        "incidentId": arn,
        "title": text,
        "description": f"Read the history of Step Functions execution {arn}, "
        "and the alarm in its input.",
        "service": "flag-rollback",
    }
    assert got["Opsgenie"][0]["authorization"] == "GenieKey secret-opsgenie"
    assert got["DevOpsAgent"][0]["authorization"] == "Bearer secret-devopsAgent"
    assert got["Jira"][0]["authorization"].startswith("Basic ")


def test_each_tool_gets_a_rollback_that_was_held_back(paged: Site, recorder: Recorder) -> None:
    run = paged.run(alarm_event(name="storefront", tags=TWO))
    assert run.output["outcome"] == "held_back"

    for _, body in _await(recorder, run.arn).values():
        assert "may still be on" in json.dumps(body)
        assert "SUCCEEDED" not in json.dumps(body)


OTHER = '{"outcome":"rolled_back","reason":"the last was \\"outcome\\":\\"held_back\\""}'


@pytest.mark.parametrize(
    ("status", "output", "pages"),
    [
        ("RUNNING", None, False),
        ("SUCCEEDED", '{"outcome":"rolled_back"}', False),
        ("SUCCEEDED", OTHER, False),
        ("SUCCEEDED", '{"outcome":"held_back"}', True),
        ("SUCCEEDED", '{"flags": [{"flag": "a", "outcome": "held_back"}]}', True),
        ("FAILED", None, True),
        ("TIMED_OUT", None, True),
        ("ABORTED", None, True),
    ],
)
@pytest.mark.parametrize("machine", ["own", "other"])
def test_a_rule_takes_what_somebody_has_to_look_at(
    paged: Site, machine: str, status: str, output: str | None, pages: bool
) -> None:
    own = paged.stack.outputs["StateMachineArn"]
    event = {
        "id": "1",
        "account": paged.cloud.account_id,
        "region": paged.cloud.region,
        "time": "2026-03-02T17:05:00Z",
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "resources": [],
        "detail": {
            "stateMachineArn": own if machine == "own" else f"{own}-aftercare",
            "status": status,
            "output": output,
        },
    }

    for tool in TOOLS:
        taken = paged.cloud.client("events").test_event_pattern(
            EventPattern=_pattern(paged, tool), Event=json.dumps(event)
        )
        assert taken["Result"] is (pages and machine == "own")
