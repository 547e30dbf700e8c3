"""What may stand where somebody types a query or a formula: metrics, tags, functions, modifiers, and names."""

import re
from collections.abc import Mapping

from datadog_sandbox.completion import Completion, Option, completed
from datadog_sandbox.store import AGGREGATES, Store

from . import functions as functions
from .modifiers import MODIFIERS
from .registry import FUNCTIONS
from .series import tags_of

LOOKED_AT = 2_000
"""Characters before the cursor that are looked at."""
METRIC = r'([^\W\d_][\w.]*)\{'
SCOPE = re.compile(METRIC + r'(?:[^{}]*[\s,(!])?([^\s{}(),!]*)$')
BY = re.compile(METRIC + r'[^{}]*\}[^{}]*\bby\s*\{(?:[^{}]*,)?\s*([^\s{},]*)$')
MODIFIER = re.compile(r'[)}]\.(\w*)$')
WORD = re.compile(r'(?:^|[^\w.:)}\'"])(?:(\w+):)?([^\W\d][\w.]*)?$')


def complete(store: Store, text: str, cursor: int) -> Completion:
    """Return what the word before the cursor of a query may become, the likeliest first."""
    return _complete(store, text, cursor, {})


def complete_formula(store: Store, text: str, cursor: int, queries: Mapping[str, str]) -> Completion:
    """Return what the word before the cursor of a formula over named queries may become.

    It may be the name of a query, too.
    """
    return _complete(store, text, cursor, queries)


def _complete(store: Store, text: str, cursor: int, queries: Mapping[str, str]) -> Completion:
    before = text[:cursor][-LOOKED_AT:]
    if match := SCOPE.search(before):
        return completed(cursor, match[2], _tags(store, match[1], match[2]))
    if match := BY.search(before):
        keys = {tag.partition(':')[0] for tag in _tags_of(store, match[1]) if ':' in tag}
        return completed(cursor, match[2], [Option(key, 'tag') for key in sorted(keys)])
    if match := MODIFIER.search(before):
        usages = [Option(f'{name}({")" if not most else ""}', 'modifier') for name, (_, most, _) in MODIFIERS.items()]
        return completed(cursor, match[1], usages)
    if match := WORD.search(before):
        return completed(cursor, match[2] or '', _words(store, match[1], queries))
    return Completion(cursor, [])


def _words(store: Store, aggregator: str | None, queries: Mapping[str, str]) -> list[Option]:
    """Return what an expression begins with; after an aggregator, the metrics."""
    metrics = store.metrics()
    if aggregator:
        return [Option(f'{metric}{{*}}', 'metric') for metric in metrics]
    return [
        *(Option(name, query) for name, query in queries.items()),
        *(Option(f'avg:{metric}{{*}}', 'metric') for metric in metrics),
        *(Option(f'{aggregate}:', 'aggregator') for aggregate in AGGREGATES),
        *(Option(f'{name}(', function.summary) for name, function in FUNCTIONS.items()),
    ]


def _tags(store: Store, metric: str, typed: str) -> list[Option]:
    """Return the tags of a metric: first their keys, then the values of the key that was typed."""
    tags = sorted(_tags_of(store, metric))
    if ':' in typed:
        return [Option(tag, 'tag') for tag in tags]
    keys = dict.fromkeys(tag.partition(':')[0] + ':' for tag in tags if ':' in tag)
    return [*(Option(key, 'tag') for key in keys), *(Option(tag, 'tag') for tag in tags)]


def _tags_of(store: Store, metric: str) -> set[str]:
    return {tag for series in store.series(metric).values() for tag in tags_of(store, series)}
