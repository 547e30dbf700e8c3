"""What may stand where somebody types a query: metrics, tags, functions, and modifiers."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from datadog_sandbox.store import AGGREGATES, Store

from . import functions as functions
from .modifiers import MODIFIERS
from .registry import FUNCTIONS
from .series import tags_of

MOST = 50
METRIC = r'([^\W\d_][\w.]*)\{'
SCOPE = re.compile(METRIC + r'(?:[^{}]*[\s,(!])?([^\s{}(),!]*)$')
BY = re.compile(METRIC + r'[^{}]*\}[^{}]*\bby\s*\{(?:[^{}]*,)?\s*([^\s{},]*)$')
MODIFIER = re.compile(r'[)}]\.(\w*)$')
WORD = re.compile(r'(?:^|[^\w.:)}])(?:(\w+):)?(\w[\w.]*)?$')


class Option(NamedTuple):
    """Something that may be put in the place of what was typed."""

    text: str
    detail: str
    """What it is, in a few words."""


class Completion(NamedTuple):
    start: int
    """Where what was typed of a word begins; it ends at the cursor."""
    options: list[Option]


def complete(store: Store, text: str, cursor: int) -> Completion:
    """Return what the word before the cursor may become, the likeliest first; 50 options at most."""
    before = text[:cursor]
    if match := SCOPE.search(before):
        return _completion(cursor, match[2], _tags(store, match[1], match[2]))
    if match := BY.search(before):
        keys = {tag.partition(':')[0] for tag in _tags_of(store, match[1]) if ':' in tag}
        return _completion(cursor, match[2], [Option(key, 'tag') for key in sorted(keys)])
    if match := MODIFIER.search(before):
        usages = [Option(f'{name}({")" if not most else ""}', 'modifier') for name, (_, most, _) in MODIFIERS.items()]
        return _completion(cursor, match[1], usages)
    if match := WORD.search(before):
        return _completion(cursor, match[2] or '', _words(store, match[1]))
    return Completion(cursor, [])


def complete_formula(text: str, cursor: int) -> Completion:
    """Return what the word before the cursor of a formula over named queries may become: functions."""
    word = re.search(r'(?<![\w.)\'"])([a-z_]\w*)?$', text[:cursor])
    functions_of = [Option(f'{name}(', function.summary) for name, function in FUNCTIONS.items()]
    return _completion(cursor, word[1] or '', functions_of) if word else Completion(cursor, [])


def _completion(cursor: int, typed: str, options: Iterable[Option]) -> Completion:
    """Return the options that contain what was typed: first those that begin with it, then those with such a part."""
    wanted = typed.lower()

    def place(option: Option) -> int:
        text = option.text.lower()
        parts = text.removeprefix('avg:')
        return 0 if parts.startswith(wanted) else 1 if re.search(rf'[._:]{re.escape(wanted)}', parts) else 2

    fitting = [option for option in options if wanted in option.text.lower() and option.text != typed]
    return Completion(cursor - len(typed), sorted(fitting, key=place)[:MOST])


def _words(store: Store, aggregator: str | None) -> list[Option]:
    """Return what an expression begins with; after an aggregator, the metrics."""
    metrics = store.metrics()
    if aggregator:
        return [Option(f'{metric}{{*}}', 'metric') for metric in metrics]
    return [
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
