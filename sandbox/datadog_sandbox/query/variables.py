"""Template variables in queries: `$name`, and `$name.value` for the values alone."""

import re
from collections.abc import Mapping, Sequence

from .errors import QueryError

VALUE = re.compile(r'[^\s{}(),!$\'"<>=]+')
VARIABLE = re.compile(r'(?P<bang>!?)(?P<key>[\w./-]+:)?\$(?P<name>\w+)(?P<value>\.value\b)?')


def fill_in(query: str, variables: Mapping[str, Sequence[str]]) -> str:
    """Put the chosen tags in the place of template variables: `$name` and, for the values alone, `$name.value`.

    `variables` has for each name the chosen tags (`host:a`), or `*` for all. A variable that is not there stays, and
    is an error of the query. Raises `QueryError` when what was chosen cannot be part of a scope.
    """
    for name, tags in variables.items():
        for tag in tags:
            if not VALUE.fullmatch(tag):
                raise QueryError(f'The template variable ${name} cannot be {tag!r}: that is no tag')
    return re.sub(r'\{([^{}]*)\}', lambda scope: f'{{{fill_in_scope(scope[1], variables)}}}', query)


def fill_in_scope(scope: str, variables: Mapping[str, Sequence[str]]) -> str:
    found = [variables.get(match['name'], ()) for match in VARIABLE.finditer(scope)]
    if any(len(tags) > 1 for tags in found) and not re.search(r'\b(AND|OR|NOT|IN|and|or|not|in)\b|\(', scope):
        # Several values need OR, and words do not go together with commas and exclamation marks.
        parts = [part.strip() for part in scope.split(',')]
        scope = ' AND '.join(f'NOT {part[1:]}' if part.startswith('!') else part for part in parts)

    def chosen(match: re.Match[str]) -> str:
        tags = variables.get(match['name'], ())
        if not tags:
            return match[0]
        bang, key = match['bang'], match['key'] or ''
        if match['value'] or key:
            tags = [key + (tag if tag == '*' else tag.partition(':')[2] or tag) for tag in tags]
        if '*' in tags:
            return f'{bang}*'
        if len(tags) == 1:
            return bang + tags[0]
        # `key IN ($name.value)` is a list already.
        listed = match['value'] and not key and re.search(r'\b(IN|in)\s*\([^()]*$', scope[: match.start()])
        return ', '.join(tags) if listed else f'({" OR ".join(tags)})'

    return VARIABLE.sub(chosen, scope)
