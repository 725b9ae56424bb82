"""What an execution's role must allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import stepfunctions  # type: ignore[import-untyped]

from local.gaps import roles
from local.gaps.replacing import replace
from local.gaps.stepfunctions.walk import role_of_execution

if TYPE_CHECKING:
    from collections.abc import Callable


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


GAPS = [need_lambda_invoke_function]
