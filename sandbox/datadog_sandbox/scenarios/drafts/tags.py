"""Tags that are in the scope of a query, and that make a group."""

from collections.abc import Mapping, Sequence

from datadog_sandbox.query.scopes import AllOf, AnyOf, Inside, Negated, OneOf, Scope, Tag, matcher

ATTEMPTS = 3


def satisfying(scope: Scope) -> list[str]:
    """Return tags that a scope asks for; those that it excludes are not among them."""
    match scope:
        case Tag('*') | Negated():
            return []
        case Tag(text):
            return [text.replace('*', 'x')]
        case Inside(inner):
            return satisfying(inner)
        case OneOf(_, scopes) | AnyOf(scopes):
            return satisfying(scopes[0])
        case AllOf(scopes):
            return [tag for inner in scopes for tag in satisfying(inner)]


def excluded(scope: Scope) -> list[str]:
    """Return tags that a scope excludes."""
    match scope:
        case Negated(inner):
            return satisfying(inner)
        case Inside(inner):
            return excluded(inner)
        case AllOf(scopes) | AnyOf(scopes):
            return [tag for inner in scopes for tag in excluded(inner)]
    return []


def series(metric: str, scope: Scope, by: Sequence[str], values: Mapping[str, str], more: Sequence[str] = ()) -> str:
    """Return a series that a query reads, such as `my.metric{env:prod,host:host-1}`.

    `values` has the values of keys that other queries of the monitor fix; `more` are tags to add.
    """
    tags = list(dict.fromkeys([*satisfying(scope), *more]))
    keys = {tag.partition(':')[0] for tag in tags}
    missing = [key for key in by if key not in keys]
    for number in range(1, ATTEMPTS + 1):
        grouped = [f'{key}:{values.get(key, f"{key}-{number}")}' for key in missing]
        if matcher(scope)(frozenset([*tags, *grouped])):
            tags += grouped
            break
    return f'{metric}{{{",".join(tags)}}}' if tags else metric


def fixed(scopes: Sequence[Scope]) -> dict[str, str]:
    """Return the value of each key that a scope asks for."""
    pairs = [tag.partition(':') for scope in scopes for tag in satisfying(scope) if ':' in tag]
    return {key: value for key, _, value in reversed(pairs)}
