"""What of the messages of a monitor renders as nothing, whatever its data are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datadog_sandbox.monitors import MonitorType, Remark, parse
from datadog_sandbox.query import QueryError

from .templates import MATCHING, Block, Helper, Part, TemplateError, parse_template, remark

BUILT_IN = frozenset({
    'value', 'threshold', 'warn_threshold', 'alert_recovery_threshold', 'warn_recovery_threshold', 'ok_threshold',
    'comparator', 'check_message', 'first_triggered_at',
    'first_triggered_at_epoch', 'last_triggered_at', 'last_triggered_at_epoch', 'triggered_duration_sec',
})  # fmt: skip
"""The template variables of every monitor: https://docs.datadoghq.com/monitors/notify/variables/"""
OPEN_GROUPS = ('composite', 'service check')
"""Types whose groups have other tags, too, than the query says."""


def remarks(monitor: Mapping[str, Any]) -> list[Remark]:
    """Return a remark for each helper and variable that has no value; none for a monitor that is not evaluated."""
    try:
        query = parse(monitor)
    except QueryError:
        return []
    options = monitor.get('options') or {}
    # What notifies together has only the tags that it shares.
    notify_by = options.get('notify_by')
    keys = query.group_by if not notify_by else tuple(key for key in query.group_by if key in notify_by)
    sentences: dict[str, None] = {}
    for template in (monitor.get('name'), monitor.get('message'), options.get('escalation_message')):
        try:
            parts = parse_template(str(template or ''))
            sentences |= dict.fromkeys(_sentences(parts, query, keys, str(monitor['type'])))
        except TemplateError:
            # It is refused, and shown as it is.
            continue
    return [Remark('message', f'{sentence}.', False) for sentence in sentences]


def _sentences(parts: list[Part], query: MonitorType, keys: Sequence[str], type_: str) -> Iterator[str]:
    for helper in _helpers(parts):
        if sentence := remark(helper):
            yield sentence
        elif name := _variable(helper):
            bare = name.replace('[', '').replace(']', '')
            if type_ not in OPEN_GROUPS and not _has_value(bare, query, keys):
                how = 'groups' if len(keys) == len(query.group_by) else 'notifies'
                by = ', '.join(keys) or 'nothing'
                yield f'{{{{{name}}}}} has no value in this monitor, which {how} by {by}: it renders as nothing'


def _helpers(parts: list[Part]) -> Iterator[Helper]:
    for part in parts:
        if isinstance(part, Helper):
            yield part
        elif isinstance(part, Block):
            yield part.condition
            yield from _helpers(part.then)
            yield from _helpers(part.otherwise)


def _variable(helper: Helper) -> str:
    """Return the variable that a helper shows or compares; empty where there is none."""
    if len(helper.words) == 1:
        return '' if helper.name.startswith('is_') else helper.name
    word = helper.words[1] if helper.name in MATCHING else ''
    return word if isinstance(word, str) else ''


def _has_value(name: str, query: MonitorType, keys: Sequence[str]) -> bool:
    prefix = name.partition('.')[0]
    if name in BUILT_IN or prefix in query.record_prefixes:
        return True
    # A host brings its own tags.
    return 'host' in keys or name.removesuffix('.name') in keys
