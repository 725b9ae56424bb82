"""EventBridge: what a rule's target needs, and where events go that reach no target."""

from __future__ import annotations

import contextvars
import json
import logging
from typing import TYPE_CHECKING, Any

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_evaluator  # type: ignore[import-untyped]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import (  # type: ignore[import-untyped]
    eventbridge,
    lambda_svc,
    sqs,
    stepfunctions,
)

from local import denials
from local.gaps import roles
from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

# The target and the rule that the present thread delivers for.
_delivery: contextvars.ContextVar[tuple[dict[str, Any], dict[str, Any]] | None] = (
    contextvars.ContextVar("delivery", default=None)
)


def need_start_execution_of_the_targets_role() -> None:
    """A state machine is started with the target's role, and else the event is a dead letter.

    EventBridge user guide, "Using dead-letter queues": an event that cannot be delivered for
    want of a permission or a target is not retried but sent to the target's queue at once, with
    the message attributes RULE_ARN, TARGET_ARN, ERROR_CODE and ERROR_MESSAGE. The queue's policy
    must allow events.amazonaws.com sqs:SendMessage on behalf of the rule; else the event is lost.
    """

    @replace(eventbridge, "_invoke_target")
    def invoke(
        original: Callable[..., None],
        target: dict[str, Any],
        event: dict[str, Any],
        rule: dict[str, Any],
        *view: object,
    ) -> None:
        token = _delivery.set((target, rule))
        try:
            original(target, event, rule, *view)
        finally:
            _delivery.reset(token)

    @replace(eventbridge, "_dispatch_to_stepfunctions")
    def dispatch(original: Callable[..., None], machine_arn: str, payload: str) -> None:
        delivery = _delivery.get()
        if delivery is None:  # a pipe or a schedule, which have roles of their own
            original(machine_arn, payload)
            return
        target, rule = delivery
        denied = roles.denial(
            target.get("RoleArn", ""), "states:StartExecution", machine_arn, "eventbridge"
        )
        if denied:
            _bury(target, rule, payload, "NO_PERMISSIONS", denied)
        elif stepfunctions._resolve_state_machine_arn(machine_arn) is None:
            _bury(target, rule, payload, "NO_RESOURCE", f"{machine_arn} does not exist")
        else:
            original(machine_arn, payload)


def invoke_functions_asynchronously() -> None:
    """A function is invoked again if it fails, and at last the event goes to its destination.

    Where there is no such function the event is a dead letter of the rule's target, as above.

    EventBridge invokes functions asynchronously (EventBridge user guide, "Targets"); Lambda tries
    such a call again as the function's event invoke config says (Lambda developer guide, "How
    Lambda handles errors and retries"). MiniStack does so for S3 only.
    """

    @replace(eventbridge, "_dispatch_to_lambda")
    def dispatch(original: Callable[..., None], function_arn: str, payload: str) -> None:
        function, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
        if not function or not config:
            if delivery := _delivery.get():
                _bury(*delivery, payload, "NO_RESOURCE", f"{function_arn} does not exist")
            original(function_arn, payload)  # says so in the log
            return
        record = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))


GAPS = [need_start_execution_of_the_targets_role, invoke_functions_asynchronously]


def _bury(
    target: dict[str, Any], rule: dict[str, Any], payload: str, code: str, message: str
) -> None:
    """Put an event into its target's dead-letter queue, if it has one that takes it."""
    logger.warning("no delivery to %s: %s", target["Arn"], message)
    queue = sqs._queue_by_arn(target.get("DeadLetterConfig", {}).get("Arn", ""))
    if queue is None or not _takes_from(queue, rule["Arn"]):
        return
    about = {
        "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
    }
    attributes = {key: {"DataType": "String", "StringValue": value} for key, value in about.items()}
    sqs._act_send_message({"MessageBody": payload, "MessageAttributes": attributes}, queue["url"])


def _takes_from(queue: dict[str, Any], rule_arn: str) -> bool:
    """Whether a queue's policy lets EventBridge send to it on behalf of a rule."""
    if not app.AUTH:
        return True
    request = iam_evaluator.EvalContext(
        principal_arn="events.amazonaws.com",
        principal_type="Service",
        principal_account=get_account_id(),
        action="sqs:SendMessage",
        resource_arn=queue["attributes"]["QueueArn"],
        region=get_region(),
        service_context={"aws:sourcearn": rule_arn, "aws:sourceaccount": get_account_id()},
    )
    policy = queue["attributes"].get("Policy")
    found = iam_evaluator.evaluate_resource_policy(policy, request, "events.amazonaws.com")
    if found.decision == "Allow":
        return True
    denials.note(f"events.amazonaws.com:{rule_arn}", "sqs:SendMessage")
    return False
