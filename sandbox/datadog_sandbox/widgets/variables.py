"""Template variables of a dashboard: what is chosen, and their values in titles and notes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox.records import quoted


def chosen(dashboard: Mapping[str, Any], values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the tags that each template variable of a dashboard stands for: of these values, or of its defaults."""
    variables = {}
    for variable in dashboard.get('template_variables') or []:
        name, prefix = variable['name'], variable.get('prefix')
        default = variable.get('default')
        picked = values.get(name) or variable.get('defaults') or ([default] if default else ['*'])
        variables[name] = [
            value if value == '*' or not prefix or value.startswith(f'{prefix}:') else f'{prefix}:{value}'
            for value in picked
        ]
    return variables


def fill_in_words(text: str, variables: Mapping[str, Sequence[str]]) -> str:
    """Put the chosen tags, or with `$name.value` their values, into a title, a note, or a search."""
    if not variables or '$' not in text:
        return text
    # The longest name first: $env-name is not $env.
    names = '|'.join(map(re.escape, sorted(variables, key=len, reverse=True)))

    def tags(match: re.Match[str]) -> str:
        chosen = variables[match[1]]
        return ', '.join(tag.partition(':')[2] or tag if match[2] else tag for tag in chosen) or match[0]

    return re.sub(rf'\$({names})(\.value\b)?(?![\w-])', tags, text)


def names_in(definition: Any) -> set[str]:
    """Return the names of all template variables in a definition, however deep."""
    if isinstance(definition, str):
        return {re.sub(r'\.value$', '', name.rstrip('.-')) for name in re.findall(r'\$([\w.-]+)', definition)}
    parts = definition.values() if isinstance(definition, dict) else definition if isinstance(definition, list) else ()
    return {name for part in parts for name in names_in(part)}


def fill_in_search(text: str, variables: Mapping[str, Sequence[str]]) -> str:
    """Put the chosen tags into a search: `*` for all, and several joined by OR."""
    if not variables or '$' not in text:
        return text
    names = '|'.join(map(re.escape, sorted(variables, key=len, reverse=True)))

    def tags(match: re.Match[str]) -> str:
        key = match[1] or ''
        picked = [tag.partition(':')[2] or tag if match[3] or key else tag for tag in variables[match[2]]]
        if not picked or '*' in picked:
            return f'{key}*'
        return key + (_term(picked[0]) if len(picked) == 1 else f'({" OR ".join(map(_term, picked))})')

    return re.sub(rf'([\w@.-]+:)?\$({names})(\.value\b)?(?![\w-])', tags, text)


def _term(tag: str) -> str:
    """Return a tag, or its value, as a term of a search, in quotes where it must be."""
    key, colon, value = tag.partition(':')
    value = value if colon else key
    if re.search(r'[\s()"]', value):
        value = quoted(value)
    return f'{key}:{value}' if colon else value
