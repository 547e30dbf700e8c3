"""Template variables in queries: `$name`, and `$name.value` for the values alone."""

import re
from collections.abc import Mapping, Sequence

from .errors import QueryError

VALUE = re.compile(r'[^\s{}(),!$\'"<>=]+')
WORDS = re.compile(r'\b(AND|OR|NOT|IN|and|or|not|in)\b|\(')
OR = re.compile(r'\s(OR|or)\s')
COMMA = re.compile(r',(?![^()]*\))')
"""A comma that is in no parentheses."""
BRACES = re.compile(r'(?P<by>\bby\s*)?\{(?P<inside>[^{}]*)\}')

Chosen = Mapping[str, Sequence[str]]


def fill_in(query: str, variables: Chosen) -> str:
    """Put the chosen tags in the place of template variables: `$name` and, for the values alone, `$name.value`.

    `variables` has for each name the chosen tags (`host:a`), or `*` for all; in `by {…}`, keys of tags. A variable
    that is not there stays, and is an error of the query. A name may have dots and dashes: the longest one that is
    known counts. Raises `QueryError` when what was chosen cannot be part of a scope.
    """
    for name, tags in variables.items():
        for tag in tags:
            if not VALUE.fullmatch(tag):
                raise QueryError(f'The template variable ${name} cannot be {tag!r}: that is not a tag')
    names = re.compile(rf'(?P<bang>!?)(?:(?<![\w./-])(?P<key>[\w./-]+:))?{variable(variables)}')

    def filled(braces: re.Match[str]) -> str:
        inside = (fill_in_keys if braces['by'] else fill_in_scope)(braces['inside'], variables, names)
        return f'{braces["by"] or ""}{{{inside}}}'

    return BRACES.sub(filled, query)


def fill_in_title(title: str, variables: Chosen) -> str:
    """Put the chosen tags in the place of template variables in a title, as `fill_in` does in a scope.

    `$name.key` is the key of the tag alone. A variable that is not there stays as it is.
    """

    def chosen(match: re.Match[str]) -> str:
        tags = variables.get(match['name'], ())
        part = {'.value': 2, '.key': 0}.get(match['part'] or '')
        strings = tags if part is None else [tag.partition(':')[part] or tag for tag in tags]
        return ', '.join(dict.fromkeys(strings)) if tags else match[0]

    return re.compile(variable(variables)).sub(chosen, title)


def variable(variables: Chosen) -> str:
    """Return what finds variables: the longest name that is known, or else any."""
    known = [*map(re.escape, sorted(variables, key=len, reverse=True)), r'\w+']
    return rf'\$(?P<name>{"|".join(known)})(?!\w)(?P<part>\.value\b|\.key\b)?'


def fill_in_keys(keys: str, variables: Chosen, names: re.Pattern[str]) -> str:
    return names.sub(lambda match: ','.join(variables.get(match['name'], ())) or match[0], keys)


def fill_in_scope(scope: str, variables: Chosen, names: re.Pattern[str]) -> str:
    """Return a scope with the tags of its variables; one without a value stays as it is."""
    found = [variables.get(match['name'], ()) for match in names.finditer(scope)]
    # Several values need OR, and words do not go together with commas and exclamation marks. Dashboards that Datadog
    # ships have both, in scopes with variables.
    if found and (WORDS.search(scope) or any(len(tags) > 1 for tags in found)):
        parts = [part.strip() for part in COMMA.split(scope)]
        parts = [f'NOT {part[1:]}' if part.startswith('!') else part for part in parts]
        scope = ' AND '.join(f'({part})' if len(parts) > 1 and OR.search(part) else part for part in parts)

    def chosen(match: re.Match[str]) -> str:
        tags = variables.get(match['name'], ())
        if not tags:
            return match[0]
        bang, key, value = match['bang'], match['key'] or '', match['part'] == '.value'
        if value or key:
            tags = [key + (tag if tag == '*' else tag.partition(':')[2] or tag) for tag in tags]
        if '*' in tags:
            return f'{bang}*'
        if len(tags) == 1:
            return bang + tags[0]
        # `key IN ($name.value)` is a list already.
        listed = value and not key and re.search(r'\b(IN|in)\s*\([^()]*$', scope[: match.start()])
        return ', '.join(tags) if listed else f'({" OR ".join(tags)})'

    return names.sub(chosen, scope)
