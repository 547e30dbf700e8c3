"""What Datadog refuses of a monitor, and the form in which it keeps one."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from datadog_sandbox import query
from datadog_sandbox.monitors.cumulative import Periods
from datadog_sandbox.monitors.numbers import retention
from datadog_sandbox.monitors.schedule import schedule_of

from . import limits, messages, thresholds
from .misfits import Misfits, Refused, check, model, nullable, quoted
from .naming import name_of

METRIC = ('metric alert', 'query alert')
RECORDED_NULLS = ('threshold_windows',)
"""Options that are null in recorded answers, although the documents do not say that they may be."""
COUNTING = ('service check',)
SEARCHING = (
    'ci-pipelines alert', 'ci-tests alert', 'error-tracking alert', 'event-v2 alert', 'log alert', 'rum alert',
    'trace-analytics alert', 'audit alert',
)  # fmt: skip
"""Types whose query ends with a comparison of a number of events or spans."""
COMPARISON = re.compile(r'(>=|<=|==|!=|>|<)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*$')
SINGLE_QUOTED, LOGS = re.compile(r"\s*[\w-]+\(\s*'"), re.compile(r'\s*(logs|formula)\(')
"""A search in single quotes, and a query of logs: issues 1125, 1426, and 1687 of terraform-provider-datadog."""
COMPOSITE = re.compile(r'[\s()!]*\d{1,16}[\s()]*((&&|\|\|)[\s()!]*\d{1,16}[\s()]*)*')
LARGEST_OPTION = 2**31 - 1
LONGEST_TIMEOUT = 24
OWN = (
    'id', 'org_id', 'created', 'created_at', 'creator', 'modified', 'deleted', 'multi', 'overall_state',
    'overall_state_modified', 'state', 'matching_downtimes', 'restriction_policy', 'restricted', 'run_as',
    'classification',
)  # fmt: skip
"""Fields of an answer that a client may send back with the rest; they are the account's own."""
NULLABLE = ('priority', 'restricted_roles')
FORM_ONLY = ('period', 'timeAggregator', 'comparison')
"""What the form of the web page puts among the thresholds. Datadog takes and drops it:
https://github.com/DataDog/terraform-provider-datadog/issues/1516
"""
NUMBER = re.compile(r'[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})')


def monitor(body: Any, old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a request sets of a monitor, in the form in which it is kept. Raises `Refused`.

    `old` is the monitor that the request updates. The options are those of the request, without defaults.
    """
    fields = _normalized(body, (old or {}).get('type'))
    misfits = _misfits(fields, old)
    if errors := misfits.refusals(any_word=('.variables[',)):
        raise Refused(errors[0])
    fields = {name: value for name, value in fields.items() if value is not None or name in NULLABLE}
    for name in FORM_ONLY:
        ((fields.get('options') or {}).get('thresholds') or {}).pop(name, None)
    _check_numbers(fields)
    messages.check(fields)
    merged: dict[str, Any] = {'options': {}, **(old or {}), **fields}
    _check_type(merged['type'], (old or merged)['type'])
    _check_schedule(fields.get('options') or {})
    parsed = _check_query(merged)
    compared = (parsed.operator, parsed.threshold) if parsed is not None else _comparison(merged)
    if compared is not None:
        thresholds.check(*compared, merged['options'].get('thresholds') or {})
    limits.check(merged, parsed, merged['type'] in SEARCHING)
    _check_notify_by(merged, parsed)
    _check_missing(merged, parsed)
    if 'name' not in merged or fields.get('name') == '':
        fields['name'] = name_of(merged['query'], parsed)
    fields['multi'] = bool(parsed.group_by) if parsed is not None else '.by(' in merged['query']
    return fields


def unknown_of_monitor(body: Any) -> list[str]:
    return _misfits(_normalized(body), None).strange


def _misfits(fields: Mapping[str, Any], old: Mapping[str, Any] | None) -> Misfits:
    update = 'monitor_update_request', 'MonitorUpdateRequest'
    return check(fields, model('v1', *(('monitor', 'Monitor') if old is None else update)))


def _normalized(body: Any, type_: str | None = None) -> dict[str, Any]:
    """Return a copy without what is the account's own, numbers as numbers, and strings without line ends."""
    if not isinstance(body, Mapping):
        raise Refused('body is required, as a JSON object')
    fields = {name: value for name, value in body.items() if name not in OWN}
    for name in ('query', 'message'):
        if isinstance(fields.get(name), str):
            fields[name] = fields[name].rstrip('\r\n')
    if isinstance(fields.get('priority'), str):
        # `dog` sends it so.
        fields['priority'] = _number(fields['priority'])
    if fields.get('priority') == 0 and not isinstance(fields['priority'], bool):
        fields['priority'] = None
    if isinstance(fields.get('options'), Mapping):
        fields['options'] = _options(fields['options'], fields.get('type', type_))
    return fields


def _options(given: Mapping[str, Any], type_: str | None) -> dict[str, Any]:
    """Return options as Datadog keeps them: numbers in strings are numbers, and thresholds are of one form."""
    # What silences a monitor is a downtime: `silenced` is no part of it.
    nulls = {*nullable(model('v1', 'monitor_options', 'MonitorOptions')), *RECORDED_NULLS}
    options = {
        name: value if name == 'thresholds' else _without_nulls(value)
        for name, value in given.items()
        if name != 'silenced' and (value is not None or name in nulls)
    }
    for name, value in options.items():
        if isinstance(value, str) and name.endswith(('_interval', '_delay', '_timeframe', '_h', '_occurrences')):
            options[name] = value = _number(value)
        if isinstance(value, float) and value.is_integer():
            options[name] = int(value)
    if isinstance(message := options.get('escalation_message'), str):
        options['escalation_message'] = message.rstrip('\r\n')
    if isinstance(limits := options.get('thresholds'), Mapping):
        form = _whole if type_ in COUNTING else float
        # As recorded by datadog-sync-cli, only composites keep one that is null.
        kept = {name: value for name, value in limits.items() if value is not None or type_ == 'composite'}
        options['thresholds'] = {name: _threshold(value, form) for name, value in kept.items()}
    return options


def _without_nulls(value: Any) -> Any:
    """Return a value without the fields that are null, at any depth."""
    match value:
        case Mapping():
            return {name: _without_nulls(item) for name, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value]
    return value


def _number(value: str) -> Any:
    """Return the number in a string; the string itself where there is none, which the models refuse."""
    if not NUMBER.fullmatch(value.strip()):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


def _whole(value: float) -> float:
    """Return a count of service checks as an integer, where it is a whole number."""
    return int(value) if float(value).is_integer() else float(value)


def _threshold(value: Any, form: Callable[[float], float]) -> Any:
    if isinstance(value, str):
        value = _number(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return form(value)
        except OverflowError:
            raise Refused('options.thresholds must be numbers of at most 309 digits') from None
    return value


def _check_numbers(fields: Mapping[str, Any]) -> None:
    priority = fields.get('priority')
    if priority is not None and priority not in range(1, 6):
        raise Refused(f'priority must be a whole number from 1 to 5, not {quoted(priority)}')
    if ((fields.get('options') or {}).get('timeout_h') or 0) > LONGEST_TIMEOUT:
        # "The maximum allowed value is 24 hours."
        raise Refused(f'options.timeout_h must be from 0 to {LONGEST_TIMEOUT}, not {fields["options"]["timeout_h"]}')
    duration = (fields.get('options') or {}).get('group_retention_duration')
    if duration and retention(duration) is None:
        raise Refused(f'options.group_retention_duration must be 1h to 72h, in m, h, or d, not {quoted(duration)}')
    for name, value in (fields.get('options') or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not 0 <= value <= LARGEST_OPTION or isinstance(value, float):
            raise Refused(f'options.{name} must be a whole number from 0 to {LARGEST_OPTION}, not {quoted(value)}')


def _comparison(merged: Mapping[str, Any]) -> tuple[str, float] | None:
    """Return the operator and the threshold at the end of a query that searches; None for other types."""
    match = COMPARISON.search(merged['query']) if merged['type'] in SEARCHING else None
    return (match[1], float(match[2])) if match else None


def _check_notify_by(merged: Mapping[str, Any], parsed: query.MonitorQuery | None) -> None:
    """Refuse tags that a monitor does not group by: "a subset of the grouping tags in the query", or ["*"].

    https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
    """
    wanted = merged['options'].get('notify_by') or []
    if wanted == ['*'] or parsed is None:
        return
    if others := [str(tag) for tag in wanted if tag not in parsed.group_by]:
        groups = ', '.join(parsed.group_by) or 'nothing'
        raise Refused(f'options.notify_by must be tags that the query groups by ({groups}), or "*", not {others[0]}')


def _check_missing(merged: Mapping[str, Any], parsed: query.MonitorQuery | None) -> None:
    """Refuse to handle missing data where default_zero() leaves none, in the words of Datadog.

    https://github.com/DataDog/terraform-provider-datadog/issues/2815
    """
    wanted = merged['options'].get('on_missing_data') or 'default'
    if parsed is not None and wanted != 'default' and query.inside(parsed.query, 'default_zero'):
        raise Refused(f'Invalid on_missing_data value: {wanted}; valid value is: default')


def _check_schedule(options: Mapping[str, Any]) -> None:
    """Refuse a custom schedule whose rule, start, or time zone is none, and a window that starts at no time.

    "Must be a valid rrule": the documents of the Terraform provider.
    """
    try:
        schedule_of(options)
        Periods.of('h', options)
    except query.QueryError as error:
        raise Refused(str(error)) from error


def _check_type(new: str, old: str) -> None:
    if new != old and not (new in METRIC and old in METRIC):
        raise Refused(f'The type of a monitor cannot be changed: it is {old}')


def _check_query(merged: Mapping[str, Any]) -> query.MonitorQuery | None:
    """Refuse what is not a query of its type. Return the query of a metric monitor without a formula."""
    text, type_ = merged['query'], merged['type']
    wrong = "The value provided for parameter 'query' is invalid: "
    if not text.strip():
        raise Refused(f'{wrong}it is empty')
    if type_ in METRIC and not text.lstrip().startswith('formula('):
        try:
            return query.parse_monitor(text)
        except query.QueryError as error:
            raise Refused(f'{wrong}{error}') from error
    is_search = type_ not in SEARCHING or not SINGLE_QUOTED.match(text) and (type_ != 'log alert' or LOGS.match(text))
    if type_ in (*METRIC, *SEARCHING) and not (is_search and COMPARISON.search(text)):
        raise Refused(f'{wrong}invalid operator specified: ')
    if type_ in COUNTING and not text.rstrip().endswith(('count_by_status()', 'pct_by_status()')):
        raise Refused(f'{wrong}it must end with count_by_status() or pct_by_status()')
    if type_ == 'composite' and not COMPOSITE.fullmatch(text):
        raise Refused(f'{wrong}it must be ids of monitors with &&, ||, !, and parentheses')
    return None
