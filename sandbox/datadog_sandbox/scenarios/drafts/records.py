"""What may make a monitor of events, logs, or spans alert and recover."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.monitors.types.formula import FormulaMonitor
from datadog_sandbox.monitors.types.records import RecordMonitor
from datadog_sandbox.records.terms import STATUSES
from datadog_sandbox.scenarios.records import MOST
from datadog_sandbox.times import MINUTE

from . import shapes
from .shapes import Attempt, Phases

KINDS = {
    'event alert': 'event_series', 'event-v2 alert': 'event_series', 'log alert': 'log_series',
    'trace-analytics alert': 'span_series',
}  # fmt: skip
"""The inputs of a test, by the type of the monitor."""
SOURCES = {'events': 'event_series', 'logs': 'log_series', 'spans': 'span_series'}
OWN: dict[str, dict[str, str]] = {
    'event_series': {
        'source': 'source', 'sources': 'source', 'host': 'host', 'hosts': 'host', 'status': 'alert_type',
        'alert_type': 'alert_type', 'priority': 'priority', 'title': 'title',
    },
    'log_series': {'source': 'source', 'host': 'host', 'service': 'service', 'status': 'status', 'message': 'message'},
    'span_series': {
        'service': 'service', 'host': 'host', 'env': 'env', 'operation_name': 'name', 'resource_name': 'resource',
        'type': 'type', 'duration': 'duration',
    },
}  # fmt: skip
"""The fields of an input, by what searches call them; what is no field is a tag or an attribute."""
TEXTS = {'event_series': 'title', 'log_series': 'message'}
TERM = re.compile(
    r'(?P<not>[-!]|\bNOT\s+)?(?P<key>@?[\w./-]+):(?P<value>"[^"]*"|\([^()]*\)|[\[{][^\]}]*[\]}]|[^\s()]+)'
)
NUMBER = re.compile(r'(?P<sign>>=|<=|>|<|\[|\{)\s*(?P<number>-?\d+(?:\.\d+)?)')
MOST_TIMES = 30
"""Times at which there are records in a phase."""


class Query(NamedTuple):
    """What a monitor looks for."""

    kind: str
    values: Mapping[str, str]
    """By the keys of the search, and of the groups."""
    words: str

    @classmethod
    def of(cls, kind: str, monitor: RecordMonitor, tags: Mapping[str, str]) -> 'Query':
        values: dict[str, str] = {}
        for match in TERM.finditer(monitor.text):
            if not match['not'] and (match['key'], match['value']) != ('priority', 'all') and match['key'] != 'tags':
                values.setdefault(match['key'], _value(match['value']))
        for match in re.finditer(r'\btags:(\S+?):(\S+)', monitor.text):
            values.setdefault(match[1], match[2].split(',')[0])
        missing = {key: tags.get(key, f'{key.lstrip("@")}-1') for key in monitor.group_by if key not in values}
        words = re.sub(r'(?<!\S)[-!](?:\w+|"[^"]*")', ' ', TERM.sub(' ', monitor.text))
        words = ' '.join(re.sub(r'\bNOT\s+\S+|[()"\'*]|\b(?:AND|OR)\b', ' ', words).split())
        return cls(kind, {**values, **missing}, words)

    def series(self, times: Sequence[int], count: int = 1, measure: str = '', number: float = 0) -> dict[str, Any]:
        """Return records at times in minutes; what is measured of them is a number."""
        own, fields = OWN[self.kind], dict[str, Any]()
        attributes: dict[str, Any] = {}
        tags: list[str] = []
        given: dict[str, Any] = {**self.values, **({measure: number} if measure else {})}
        for key, value in given.items():
            name = key.removeprefix('@')
            if self.kind == 'span_series' and name == 'status':
                fields['error'] = value == 'error'
            elif self.kind == 'span_series' and name == 'duration':
                # Spans measure nanoseconds.
                fields['duration'] = float(value) / 1e9
            elif name in own and not (key.startswith('@') and self.kind == 'log_series'):
                fields[own[name]] = STATUSES.get(value, value) if own[name] == 'alert_type' else value
            elif key == measure or key.startswith('@') or self.kind == 'span_series':
                attributes[name] = value
            else:
                tags.append(f'{name}:{value}')
        if self.kind == 'span_series':
            fields = {'service': self.words or 'web', **fields}
        else:
            text = TEXTS[self.kind]
            fields = {text: self.words or 'Something happened', **fields}
        many = {'count': count} if count > 1 else {}
        lists: dict[str, Any] = {'at': [f'{minute}m' for minute in times], 'tags': tags, 'attributes': attributes}
        return {**fields, **many, **{key: value for key, value in lists.items() if value}}


def _value(text: str) -> str:
    """Return a value that fits one of a search: the first of several, a number within bounds, or letters for `*`."""
    if match := NUMBER.match(text):
        step = {'>': 1, '<': -1, '{': 1}.get(match['sign'], 0)
        return f'{float(match["number"]) + step:g}'
    first = re.split(r'\s+OR\s+|,', text.strip('()'))[0].strip('" ')
    return re.sub(r'\\(.)', r'\1', first).replace('*', 'x').replace('?', 'x') or 'x'


def attempts(
    monitor: Mapping[str, Any], parsed: RecordMonitor, length: Phases, tags: Mapping[str, str]
) -> Iterator[Attempt]:
    """Yield records that come in the bad phase, or stay away in it, or whose measure is good or bad."""
    kind, threshold = KINDS[monitor['type']], parsed.threshold or 0.0
    query = Query.of(kind, parsed, tags)
    good, bad, after = _minutes(length)
    number = int(threshold) + 1
    start = length.good // MINUTE
    if parsed.compute.function == 'cardinality':
        candidates = [*_distinct(query, parsed.compute.key, number, start)]
    elif parsed.compute.function != 'count':
        candidates = [*_crossing(query, parsed.compute.key, threshold, (good, bad, after))]
    else:
        burst = query.series([start], number)
        # One in each window, where none is no data.
        always = query.series(list(range(1, length.total // MINUTE, max(1, parsed.window // MINUTE))))
        # A group exists once a record of it came.
        candidates = [[burst], [query.series([1]), burst], [query.series([1, start], number)], [always, burst]]
        candidates += [[query.series([*good, *after], number)], [query.series([start, start + 1], -(-number // 2))]]
    for series in candidates:
        if sum(len(each['at']) * each.get('count', 1) for each in series) <= MOST:
            yield Attempt(length, MINUTE, [], [], **{kind: series})


def of_formula(parsed: FormulaMonitor, length: Phases, tags: Mapping[str, str]) -> Iterator[Attempt]:
    """Yield records of each variable, of which more, or larger ones, come in the bad phase."""
    good, bad, after = _minutes(length)
    always = list(range(1, length.total // MINUTE, max(1, parsed.window // MINUTE // 2)))
    number = min(1000, max(2, int(abs(parsed.threshold or 0)) * 2))
    for chosen in parsed.variables:
        for steady in (always, [*good, *after]):
            inputs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS.values()}
            for name, variable in parsed.variables.items():
                query = Query.of(SOURCES[variable.source], variable, tags)
                measure = variable.compute.key
                inputs[query.kind].append(query.series(steady, 1, measure, 1))
                if name == chosen:
                    inputs[query.kind].append(query.series(bad, 1 if measure else number, measure, number))
            yield Attempt(length, MINUTE, [], [], **inputs)


def _minutes(length: Phases) -> tuple[list[int], list[int], list[int]]:
    """Return minutes of each phase, evenly spread."""
    edges = [0, length.good // MINUTE, (length.good + length.bad) // MINUTE, length.total // MINUTE]
    spread = [
        list(range(first, last, max(1, (last - first) // MOST_TIMES)))
        for first, last in zip(edges, edges[1:], strict=False)
    ]
    return spread[0], spread[1], spread[2]


def _crossing(
    query: Query, measure: str, threshold: float, minutes: tuple[list[int], list[int], list[int]]
) -> Iterator[list[dict[str, Any]]]:
    """Yield records whose measure is on one side of the threshold, then on the other."""
    good, bad, after = minutes
    for first, second in shapes.pairs(threshold, {}):
        yield [query.series([*good, *after], 1, measure, first), query.series(bad, 1, measure, second)]


def _distinct(query: Query, key: str, number: int, start: int) -> Iterator[list[dict[str, Any]]]:
    """Yield records with as many distinct values of a key."""
    if number <= MOST_TIMES:
        values = [f'{key.removeprefix("@")}-{place}' for place in range(1, number + 1)]
        several = [query._replace(values={**query.values, key: value}) for value in values]
        yield [each.series([start]) for each in several]
        yield [several[0].series([1, start]), *(each.series([start]) for each in several[1:])]
