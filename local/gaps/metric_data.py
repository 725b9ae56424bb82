"""CloudWatch's GetMetricData: expressions of metric math, and queries with a line per group."""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any

from ministack.services import cloudwatch  # type: ignore[import-untyped]

from local.gaps.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Line = dict[float, float]
"""A series: the values of periods by the Unix time at which each began."""

Value = float | Line

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_QUERY = re.compile(
    r"SELECT (?P<function>AVG|SUM|MIN|MAX|COUNT)\(\"?(?P<metric>[\w.]+)\"?\) "
    r"FROM \"?(?P<namespace>[\w/.]+)\"? GROUP BY \"?(?P<dimension>\w+)\"?",
    re.IGNORECASE,
)
_FUNCTIONS = {
    "AVG": "Average", "SUM": "Sum", "MIN": "Minimum", "MAX": "Maximum", "COUNT": "SampleCount",
}  # fmt: skip


class NotEvaluatedError(ValueError):
    """What is here knows no such expression."""


def evaluate_expressions() -> None:
    """GetMetricData computes expressions of the queries' ids, and gives a line for each group.

    Amazon CloudWatch user guide, "Using math expressions with CloudWatch metrics", and "Query your
    metrics with CloudWatch Metrics Insights". Known here are the four operations, comparisons, IF,
    and a query of one metric that is grouped by one dimension; whatever
    else there is, MiniStack answers. That a line of a query is labelled with the value of its group
    is inferred.
    """

    @replace(cloudwatch, "_get_metric_data")
    def get(
        original: Callable[..., object], params: object, request: dict[str, Any], *protocol: bool
    ) -> object:
        queries = request.get("MetricDataQueries", []) if isinstance(request, dict) else []
        if not any(query.get("Expression") for query in queries):
            return original(params, request, *protocol)
        try:
            results = _results(queries, request)
        except NotEvaluatedError:
            return original(params, request, *protocol)
        if protocol[0]:
            encoded = [cloudwatch._cbor_metric_data_result(each) for each in results]
            return cloudwatch._cbor_ok({"MetricDataResults": encoded})
        return cloudwatch._json_ok({"MetricDataResults": results})


def _results(queries: list[Any], request: Mapping[str, Any]) -> list[dict[str, Any]]:
    begin, end = (cloudwatch._parse_ts(request.get(key)) for key in ("StartTime", "EndTime"))
    lines: dict[str, Value] = {}
    told = []
    for query in sorted(queries, key=lambda query: bool(query.get("Expression"))):
        text, label = query.get("Expression"), query.get("Label") or query["Id"]
        found: dict[str, Line]
        if not text:
            found = {label: _metric(query["MetricStat"], begin, end)}
        elif grouped := _QUERY.fullmatch(" ".join(text.split())):
            found = _groups(grouped, query.get("Period", 60), begin, end)
        else:
            value = _computed(text, lines)
            if not isinstance(value, dict):
                raise NotEvaluatedError(text)
            found = {label: value}
        if len(found) == 1:
            lines[query["Id"]] = next(iter(found.values()))
        if query.get("ReturnData", True):
            told += [(query["Id"], each, line) for each, line in found.items()]
    return [_result(*each) for each in told]


def _result(id_: str, label: str, line: Line) -> dict[str, Any]:
    newest_first = sorted(line.items(), reverse=True)
    return {
        "Id": id_,
        "Label": label,
        "Timestamps": [cloudwatch._ts_iso(at) for at, _ in newest_first],
        "Values": [value for _, value in newest_first],
        "StatusCode": "Complete",
    }


def _metric(stat: Mapping[str, Any], begin: float, end: float) -> Line:
    metric = stat["Metric"]
    key = (
        metric["Namespace"],
        metric["MetricName"],
        cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or [])),
    )
    return _line(cloudwatch._metrics.get(key) or [], stat["Stat"], stat["Period"], begin, end)


def _groups(query: re.Match[str], period: int, begin: float, end: float) -> dict[str, Line]:
    """Make a line of each value of the dimension."""
    points: dict[str, list[Any]] = {}
    for (namespace, name, _), held in list(cloudwatch._metrics.items()):
        if (namespace, name) == (query["namespace"], query["metric"]):
            for point in held:
                if value := point.get("Dimensions", {}).get(query["dimension"]):
                    points.setdefault(value, []).append(point)
    stat = _FUNCTIONS[query["function"].upper()]
    return {value: _line(held, stat, period, begin, end) for value, held in points.items()}


def _line(points: list[Any], stat: str, period: int, begin: float, end: float) -> Line:
    periods: dict[float, list[Any]] = {}
    for point in points:
        if begin <= point["Timestamp"] < end:
            periods.setdefault(point["Timestamp"] // period * period, []).append(point)
    values = {
        at: cloudwatch._stat_value(cloudwatch._calc_stats(held), stat, held)
        for at, held in periods.items()
    }
    return {at: float(value) for at, value in values.items() if value is not None}


def _computed(text: str, lines: Mapping[str, Value]) -> Value:
    """Compute an expression; its syntax, as far as it is known here, is Python's, too."""
    try:
        return _value(ast.parse(text, mode="eval").body, lines)
    except (SyntaxError, KeyError) as error:
        raise NotEvaluatedError(text) from error


def _value(node: ast.expr, lines: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return lines[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _each(operator.mul, -1.0, _value(operand, lines))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _each(_OPERATORS[type(op)], _value(left, lines), _value(right, lines))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _each(_OPERATORS[type(op)], _value(left, lines), _value(right, lines))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, other]):
            return _chosen(*(_value(each, lines) for each in (condition, then, other)))
    raise NotEvaluatedError(ast.unparse(node))


def _each(operation: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Take values of the same period together; one that cannot be computed is missing."""
    if not isinstance(left, dict) and not isinstance(right, dict):
        return operation(left, right)
    times = [set(each) for each in (left, right) if isinstance(each, dict)]
    found: Line = {}
    for at in set.intersection(*times):
        try:
            found[at] = float(operation(_at(left, at), _at(right, at)))
        except ZeroDivisionError:
            continue
    return found


def _chosen(condition: Value, then: Value, other: Value) -> Value:
    if not isinstance(condition, dict):
        return then if condition else other
    found: Line = {}
    for at, holds in condition.items():
        value = then if holds else other
        if not isinstance(value, dict) or at in value:
            found[at] = _at(value, at)
    return found


def _at(value: Value, at: float) -> float:
    return value[at] if isinstance(value, dict) else value


GAPS = [evaluate_expressions]
