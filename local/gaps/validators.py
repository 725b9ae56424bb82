"""AppConfig: a profile's validators, which MiniStack keeps and never runs."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from ministack.services import appconfig, lambda_svc  # type: ignore[import-untyped]

from local import validating
from local.gaps.appconfig import CREATE_VERSION_PATH
from local.gaps.replacing import PassOn, Request, Response, replace_requests

_START_DEPLOYMENT_PATH = re.compile(r"/applications/([^/]+)/environments/([^/]+)/deployments")


@dataclass(frozen=True)
class Checked:
    """A version that is to be valid; its number is 0 where it is to be created."""

    application: str
    profile: str
    number: int
    content: bytes


#: What is wrong with a version by a validator's content, as InvalidConfigurationDetail has it.
Check = Callable[[str, Checked], list[dict[str, str]]]


def refuse_by_json_schema() -> None:
    """A version that breaks a JSON schema of its profile is a bad request.

    AppConfig user guide, "Understanding validators": JSON_SCHEMA validators are for freeform
    profiles. botocore, shapes BadRequestException (Reason, Details) and InvalidConfigurationDetail;
    what exactly AWS writes into the latter is not documented.
    """

    def check(schema: str, version: Checked) -> list[dict[str, str]]:
        try:
            document = json.loads(version.content)
        except ValueError as error:
            return [_detail("JSON_SCHEMA", "type", "$", f"no JSON: {error}", "")]
        rules = json.loads(schema)
        found = jsonschema.validators.validator_for(rules)(rules).iter_errors(document)
        return [
            _detail(
                "JSON_SCHEMA",
                str(error.validator),
                "/".join(("#", *map(str, error.absolute_schema_path))),
                error.message,
                json.dumps(error.instance)[:200],
            )
            for error in found
        ]

    _validate("JSON_SCHEMA", check)


def refuse_by_lambda() -> None:
    """A version at which a Lambda validator of its profile fails is a bad request.

    AppConfig user guide, "Understanding validators": the function gets the content in Base64, and
    says that it is invalid by raising an error. botocore, shape Validator: its Content is the ARN.
    """

    def check(function: str, version: Checked) -> list[dict[str, str]]:
        event = {
            "applicationId": version.application,
            "configurationProfileId": version.profile,
            "configurationVersion": str(version.number),
            "content": base64.b64encode(version.content).decode(),
            "uri": "hosted",
        }
        known, config, _ = lambda_svc._get_func_record_for_ref(function)
        if not known:
            return [_detail("LAMBDA", function, "$", "there is no such function", "")]
        record = lambda_svc._execution_record_for_config(known, config)
        answer = lambda_svc._execute_function_with_config_scope(record, event)
        if not answer.get("error"):
            return []
        return [_detail("LAMBDA", function, "$", json.dumps(answer.get("body")), "")]

    _validate("LAMBDA", check)


GAPS = [refuse_by_json_schema, refuse_by_lambda]


def _validate(kind: str, check: Check) -> None:
    """Run a profile's validators of a kind before, or after, AppConfig does what it is asked to."""

    @replace_requests(appconfig)
    async def handle(original: PassOn, request: Request) -> Response:
        moments, found = validating.NOW, None
        posted = request.path if request.method == "POST" else ""
        if created := CREATE_VERSION_PATH.fullmatch(posted):
            version = Checked(created[1], created[2], 0, request.body)
            found = version if moments.on_creation else None
        elif started := _START_DEPLOYMENT_PATH.fullmatch(posted):
            found = _deployed(started[1], json.loads(request.body or b"{}"))
        # A function's answer is waited for in a thread: this one serves.
        wrong = await asyncio.to_thread(_wrong, kind, check, found) if found else []
        late = found is not None and found.number > 0 and moments.after_start
        if wrong and not late and (found.number == 0 or moments.on_start):  # type: ignore[union-attr]
            return _bad_request(wrong, details=moments.details)
        answer = await original(*request)
        return _rolled_back(answer, wrong) if wrong and late and answer[0] == 201 else answer


def _deployed(application: str, asked: dict[str, Any]) -> Checked | None:
    """The version that a deployment names, by number or label; None where there is none."""
    profile, named = asked.get("ConfigurationProfileId", ""), asked.get("ConfigurationVersion")
    for key, version in appconfig._hosted_versions.items():
        ours = key.startswith(f"{application}/{profile}/")
        if ours and named in (str(version["VersionNumber"]), version.get("VersionLabel")):
            return Checked(application, profile, version["VersionNumber"], version["Content"])
    return None


def _wrong(kind: str, check: Check, version: Checked) -> list[dict[str, str]]:
    profile = appconfig._config_profiles.get(f"{version.application}/{version.profile}", {})
    return [
        detail
        for validator in profile.get("Validators") or []
        if validator["Type"] == kind
        for detail in check(validator["Content"], version)
    ]


def _detail(kind: str, constraint: str, location: str, reason: str, value: str) -> dict[str, str]:
    return {
        "Type": kind,
        "Constraint": constraint,
        "Location": location,
        "Reason": reason,
        "Value": value,
    }


def _bad_request(wrong: list[dict[str, str]], *, details: bool) -> Response:
    status, headers, content = appconfig._error(
        400, "BadRequestException", "The configuration does not pass the profile's validators."
    )
    told = {"Reason": "InvalidConfiguration", "Details": {"InvalidConfiguration": wrong}}
    if not details:
        return status, headers, content
    return status, headers, json.dumps({**json.loads(content), **told}).encode()


def _rolled_back(answer: Response, wrong: list[dict[str, str]]) -> Response:
    """Let a deployment that was just started be rolled back, having gone out to nobody."""
    status, _, content = answer
    started = json.loads(content)
    place = (started["ApplicationId"], started["EnvironmentId"], started["DeploymentNumber"])
    record = appconfig._deployments["{}/{}/{}".format(*place)]
    why = "; ".join(detail["Reason"] for detail in wrong)
    record.update({"State": "ROLLED_BACK", "PercentageComplete": 0.0, "_Events": []})
    for event, text in (("DEPLOYMENT_STARTED", "Deployment started"), ("ROLLBACK_STARTED", why)):
        appconfig._add_deployment_event(record, event, "APPCONFIG", text, time.time())
    started_so: Response = appconfig._json(status, {**started, "State": "VALIDATING"})
    return started_so
