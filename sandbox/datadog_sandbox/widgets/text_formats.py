"""Formats of the texts in a table's columns of tags: other words, other colours.

Source: `TableWidgetTextFormatRule` of https://docs.datadoghq.com/api/latest/dashboards/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox.query import QueryError

from .formats import Paint, paint

MATCHES = {
    'is': lambda text, value: text == value,
    'is_not': lambda text, value: text != value,
    'contains': lambda text, value: value in text,
    'does_not_contain': lambda text, value: value not in text,
    'starts_with': str.startswith,
    'ends_with': str.endswith,
}


def formatted(text: str, rules: Sequence[Mapping[str, Any]]) -> tuple[str, Paint]:
    """Return a string as the first rule that fits it changes it, with its colours; unchanged where none fits.

    Raises `QueryError` where a rule matches in an unknown way.
    """
    for rule in rules:
        match = rule['match']
        if match['type'] not in MATCHES:
            raise QueryError(f'text_formats: the match {str(match["type"])[:40]!r} is not one of {", ".join(MATCHES)}')
        if MATCHES[match['type']](text, str(match['value'])):
            return _replaced(text, rule.get('replace') or {}), paint(rule)
    return text, Paint()


def _replaced(text: str, replacement: Mapping[str, Any]) -> str:
    match replacement.get('type'):
        case 'all':
            return str(replacement['with'])
        case 'substring' if replacement['substring']:
            return text.replace(str(replacement['substring']), str(replacement['with']))
    return text
