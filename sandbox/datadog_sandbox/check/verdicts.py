"""Whether a monitor or a dashboard is accepted by the API, and whether it is evaluated or drawn."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from datadog_sandbox import monitors, notifications, validation, widgets
from datadog_sandbox.exports import Export
from datadog_sandbox.monitors import types

PLACE = re.compile(r'^(?:Monitor query|Query) ".*"(?:, column \d+)?: ', re.DOTALL)
"""The query and column in a message, which differ where monitors share a reason."""
FUNCTION = re.compile(r'(?:the function |a monitor of )(\w+)\(\)')


class Reason(NamedTuple):
    code: str
    """The kind of reason: `refused` by the API, or what is not evaluated or drawn, such as `function-forecast`."""
    message: str

    @property
    def summary(self) -> str:
        """The message without query and column, the same for all objects with this reason."""
        return ' '.join(PLACE.sub('', self.message).split())


class Verdict(NamedTuple):
    kind: str
    name: str
    accepted: bool
    evaluated: bool
    """For a dashboard: whether all its widgets are drawn."""
    approximated: bool
    reasons: list[Reason]
    widgets: int = 0
    drawn: int = 0


def judge(export: Export) -> Verdict:
    """Return the verdict on a monitor or a dashboard."""
    if export.problem:
        return Verdict(export.kind, export.name, False, False, False, [Reason('unreadable', export.problem)])
    return _dashboard(export) if export.kind == 'dashboard' else _monitor(export)


def _monitor(export: Export) -> Verdict:
    body, reasons = export.body, []
    refused = _refused(validation.monitor, body)
    if refused is not None:
        reasons.append(Reason('refused', refused))
    shape = _shape(body)
    refusal = shape or monitors.refusal(body) or _message(body)
    if refusal is not None:
        reasons.append(Reason('shape' if shape else _code(body, refusal), refusal))
    remarks = [*monitors.remarks(body), *notifications.remarks(body)] if refusal is None else []
    reasons += [Reason(remark.code, remark.message) for remark in remarks]
    approximated = any(remark.approximated for remark in remarks)
    return Verdict('monitor', export.name, refused is None, refusal is None, approximated, reasons)


def _refused(validate: Callable[[Any], Any], body: Any) -> str | None:
    """Return why the API refuses an object; None when it accepts it."""
    try:
        validate(body)
    except validation.Refused as error:
        return str(error)
    return None


def _shape(body: Any) -> str | None:
    """Return why a body is not that of a monitor; None if it is."""
    for key in ('type', 'query'):
        if not isinstance(body, Mapping) or not isinstance(body.get(key), str):
            return f'{key} is missing, or not a string'
    return None


def _message(body: Mapping[str, Any]) -> str | None:
    """Return why the message cannot be rendered; None if it can."""
    options = body.get('options')
    escalation = options.get('escalation_message') if isinstance(options, Mapping) else None
    try:
        for template in (body.get('name'), body.get('message'), escalation):
            if isinstance(template, str):
                notifications.check(template)
    except notifications.TemplateError as error:
        return f'The message cannot be rendered: {error}'
    return None


def _code(body: Mapping[str, Any], refusal: str) -> str:
    if body['type'] not in types.TYPES:
        return f'type-{body["type"]}'
    if refusal.startswith('The message '):
        return 'message'
    function = FUNCTION.search(refusal)
    return f'function-{function[1]}' if function else 'query'


def _dashboard(export: Export) -> Verdict:
    reasons = []
    refused = _refused(validation.dashboard, export.body)
    if refused is not None:
        reasons.append(Reason('refused', refused))
    definitions = list(_definitions(export.body))
    refusals = [(definition, widgets.refusal(definition)) for definition in definitions]
    undrawn = [
        Reason(f'widget-{str(definition.get("type"))[:40]}', message)
        for definition, message in refusals
        if message is not None
    ]
    drawn = len(definitions) - len(undrawn)
    reasons += dict.fromkeys(undrawn)
    return Verdict('dashboard', export.name, refused is None, not undrawn, False, reasons, len(definitions), drawn)


def _definitions(body: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the definitions of all widgets: groups, and the widgets in them."""
    waiting = list(body.get('widgets') or []) if isinstance(body, Mapping) else []
    while waiting:
        widget = waiting.pop(0)
        definition = widget.get('definition') if isinstance(widget, Mapping) else None
        if isinstance(definition, Mapping):
            yield definition
            inner = definition.get('widgets')
            waiting += inner if isinstance(inner, list) else []
        else:
            yield {'type': 'without a definition'}
