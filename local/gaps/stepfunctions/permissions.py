"""What a state machine's role must allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core.responses import (  # type: ignore[import-untyped]
    error_response_json,
    get_account_id,
    get_region,
)
from ministack.services import stepfunctions  # type: ignore[import-untyped]
from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

from local.gaps import roles
from local.gaps.replacing import replace, replace_provisioning
from local.gaps.stepfunctions.walk import role_of_execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gaps.replacing import Response

LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:CreateLogStream",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutLogEvents",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)


def need_lambda_invoke_function() -> None:
    """A Task that invokes a function needs lambda:InvokeFunction on it in the machine's role.

    Step Functions developer guide, "Call an AWS Lambda function": "IAM permissions". Without it
    the task fails with Lambda's AccessDeniedException, which Step Functions reports under the
    name Lambda.AWSLambdaException (the name is not documented: believed).
    """

    @replace(stepfunctions, "_call_lambda")
    def call(original: Callable[..., object], function: str, event: object) -> object:
        arn = function
        if not function.startswith("arn:"):
            arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{function}"
        role = role_of_execution.get(None)
        if role and (denied := roles.denial(role, "lambda:InvokeFunction", arn, "step-functions")):
            raise stepfunctions._ExecutionError(
                "Lambda.AWSLambdaException",
                f"{denied} (Service: AWSLambda; Status Code: 403; "
                "Error Code: AccessDeniedException)",
            )
        return original(function, event)


def need_log_delivery() -> None:
    """A machine that logs needs all that log delivery takes in its role, on every resource.

    Step Functions developer guide, "Using CloudWatch Logs to log execution history", "IAM
    policies for logging to CloudWatch Logs": the list of actions, which know no narrower resource.
    Without them CreateStateMachine and UpdateStateMachine are refused with AccessDeniedException,
    and so is the stack. Which of the actions AWS looks for at that moment is not documented; all
    that it names are looked for here.
    """

    @replace(stepfunctions, "_create_state_machine")
    def create(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        role = request.get("roleArn", "")
        return _refusal(request.get("loggingConfiguration"), role) or original(request)

    @replace(stepfunctions, "_update_state_machine")
    def update(original: Callable[..., Response], request: dict[str, Any]) -> Response:
        now = stepfunctions._state_machines.get(request.get("stateMachineArn")) or {}
        wanted = {**now, **request}
        logging, role = wanted.get("loggingConfiguration"), wanted.get("roleArn", "")
        return _refusal(logging, role) or original(request)

    @replace_provisioning("AWS::StepFunctions::StateMachine", "create")
    def create_in_stack(
        original: Callable[..., object], logical_id: str, properties: dict[str, Any], stack: str
    ) -> object:
        logging, role = properties.get("LoggingConfiguration"), properties.get("RoleArn", "")
        if refusal := _refusal(logging, role):
            raise provisioners._sfn_service_error(refusal)
        return original(logical_id, properties, stack)


GAPS = [need_lambda_invoke_function, need_log_delivery]


def _refusal(logging: dict[str, Any] | None, role: str) -> Response | None:
    """Refuse a machine whose role may not log what it is told to; None where all is well.

    CloudFormation's properties begin with capitals, those of the API do not.
    """
    told = {key.lower(): value for key, value in (logging or {}).items()}
    if told.get("level", "OFF") == "OFF":
        return None
    if not any(roles.denial(role, action, "*", "step-functions") for action in LOG_DELIVERY):
        return None
    refusal: Response = error_response_json(
        "AccessDeniedException",
        "The state machine IAM Role is not authorized to access the Log Destination",
        400,
    )
    return refusal
