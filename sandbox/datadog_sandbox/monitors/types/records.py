"""What the monitors of records, such as events and logs, share: what a search finds in a window, counted by group."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

import numpy as np

from datadog_sandbox.monitors.model import Link
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.monitors.words import duration
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.records import Compute, Document, Record, facet, search, written
from datadog_sandbox.store import Store
from datadog_sandbox.times import DAY, MINUTE, length

from .base import Chunk, MonitorType

LONGEST = 2 * DAY
"""Seconds of a window: "This value should not exceed 48 hours." """
CALL = re.compile(r'\.\s*(rollup|by|last|index)\s*\(([^()]*)\)')
COMPARISON = r'\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<threshold>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*'

Group = tuple[dict[str, str], list[tuple[float, Any]]]
"""The tags of a group, and the times and values of what is in it."""


def query_pattern(source: str, calls: str) -> re.Pattern[str]:
    """Return the pattern of queries such as `events("…").rollup("count").last("5m") > 3`."""
    beginning = rf'\s*{source}\(\s*(?P<quote>["\'])(?P<search>.*?)(?P=quote)\s*\)'
    return re.compile(rf'{beginning}(?P<calls>(?:\s*\.\s*(?:{calls})\s*\([^()]*\))*){COMPARISON}', re.DOTALL)


class RecordMonitor(MonitorType):
    """A monitor such as `events("status:error").rollup("count").by("host").last("5m") > 3`."""

    noun: ClassVar[str]
    """What a record is called, in the plural."""
    source: ClassVar[str]
    """What a variable of a formula calls the records."""
    prefix: ClassVar[str]
    """What the variables of a record begin with."""
    page: ClassVar[str]
    """The path of the page that lists the records."""
    pattern: ClassVar[re.Pattern[str]]
    example: ClassVar[str]
    functions: ClassVar[tuple[str, ...]] = ()
    """The aggregations that are evaluated; empty for all."""
    below_needs_records: ClassVar[bool] = False
    """Whether a group without records is not below a threshold while another group has some."""
    indexes: tuple[str, ...] = ()
    """The indexes that the query names."""

    def __init__(self, text: str, group_by: Sequence[str], compute: Compute, window: int) -> None:
        self.text, self.matches, self.group_by, self.window = text, search(text), tuple(group_by), window
        self.compute = compute
        self.record_prefixes = (self.prefix,)

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        prefix = f'Monitor query "{query[:200]}"'
        match = cls.pattern.fullmatch(query)
        if match is None:
            raise QueryError(f'{prefix}: it must be like {cls.example}')
        calls = calls_of(prefix, match['calls'])
        keys = [key for key in calls.get('by', []) if key and key != '*']
        # The search is a string in quotes: those in it are escaped.
        text = re.sub(r'\\(["\'\\])', r'\1', match['search'])
        monitor = cls(text, keys, cls._compute(prefix, calls), window_of(prefix, calls))
        monitor.indexes = tuple(calls.get('index', ()))
        monitor.operator, monitor.threshold = match['operator'], float(match['threshold'])
        on_missing = options.get('on_missing_data') or ('' if options.get('notify_no_data') else 'default')
        monitor.empty_is_zero = on_missing == 'default'
        monitor.empty_together = cls.below_needs_records and bool(keys) and monitor.operator in ('<', '<=')
        return monitor

    @classmethod
    def _compute(cls, prefix: str, calls: Mapping[str, Sequence[str]]) -> Compute:
        function, *keys = calls.get('rollup', ['count'])
        if cls.functions and function not in cls.functions or len(keys) != (function != 'count'):
            others = ', '.join(f'.rollup("{name}", "facet")' for name in cls.functions[1:] or ('avg',))
            raise QueryError(f'{prefix}: .rollup("count") and {others} are evaluated')
        return Compute.checked(function, keys[0] if keys else '')

    @abstractmethod
    def records(self, store: Store, after: int, until: int) -> Iterable[Record]:
        """Yield the records of (after, until], in seconds, in the order of time."""

    @abstractmethod
    def variables(self, store: Store, record: Record) -> dict[str, str]:
        """Return what a message can say of a record, without the prefix."""

    def matching_variables(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[str, str]:
        latest: Record | None = None
        for record in self.records(store, moment - self.window, moment):
            groups = self._groups(record.document) if self.matches(record.document) else ()
            if any(tags.items() <= group.items() for group in groups):
                latest = record if latest is None or record.time >= latest.time else latest
        if latest is None:
            return {}
        times = {'from_ts': str((moment - self.window) * 1000), 'to_ts': str(moment * 1000)}
        link = Link(f'{self.page}?{urlencode({"query": self.text, **times})}')
        known = {**self.variables(store, latest), 'link': link}
        return {f'{self.prefix}.{name}': value for name, value in known.items()}

    @property
    def measure(self) -> str:
        return f'{self.compute.words} {self.noun} in the last {duration(self.window)}'

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        ends = np.array(moments, dtype=np.int64) - delay
        groups: dict[str, Group] = {}
        always = self.empty_is_zero and not self.group_by
        if always:
            # No record at all is a reading as well: 0.
            groups['*'] = {}, []
        for record in self.records(store, int(ends[0]) - self.window, int(ends[-1])):
            if self.matches(record.document):
                values = [(record.time, value) for value in self.compute.values(record.document)]
                for tags in self._groups(record.document) if values else ():
                    groups.setdefault(group_name(tags), (tags, []))[1].extend(values)
        if not groups:
            yield moments, no_readings(len(moments))
            return
        yield moments, self._readings([*groups.values()], ends, always)

    def _groups(self, document: Document) -> Iterator[dict[str, str]]:
        """Yield the tags of the groups that a document belongs to; none where it lacks one of the keys."""
        values = [dict.fromkeys(written(value) for value in facet(document, key)) for key in self.group_by]
        for combination in product(*values):
            yield dict(zip(self.group_by, combination, strict=True))

    def _readings(self, groups: Sequence[Group], ends: np.ndarray, always: bool) -> Readings:
        shape = len(groups), len(ends)
        values, last = np.zeros(shape), np.full(shape, -1)
        for row, (_, some) in enumerate(groups):
            times = np.array([time for time, _ in some])
            seen, gone = np.searchsorted(times, ends, 'right'), np.searchsorted(times, ends - self.window, 'right')
            if self.compute.function == 'count':
                values[row] = seen - gone
            else:
                inside = [[value for _, value in some[start:stop]] for start, stop in zip(gone, seen, strict=True)]
                values[row] = [self.compute.total(each) or 0.0 for each in inside]
            if not always:
                values[row, seen == gone] = np.nan
            if len(times):
                minute = -((int(ends[0]) - np.ceil(times[np.maximum(seen, 1) - 1])) // MINUTE)
                last[row] = np.where(seen > 0, ends[0] + MINUTE * minute, -1)
        if always:
            last = np.broadcast_to(ends, shape)
        first = np.array([ends[0] if always else int(np.ceil(some[0][0])) for _, some in groups], dtype=np.int64)
        first = ends[0] - (ends[0] - first) // MINUTE * MINUTE
        return Readings([tags for tags, _ in groups], values, last, first, np.ones(shape, dtype=bool))


def calls_of(prefix: str, text: str) -> dict[str, list[str]]:
    """Return the arguments of each call behind a search. Raises `QueryError`."""
    calls: dict[str, list[str]] = {}
    for name, given in CALL.findall(text):
        if name in calls:
            raise QueryError(f'{prefix}: .{name}() is given twice')
        calls[name] = [part.strip(' "\'') for part in given.split(',')]
    return calls


def window_of(prefix: str, calls: Mapping[str, Sequence[str]]) -> int:
    """Return the seconds that `.last()` says. Raises `QueryError`."""
    window = length(calls.get('last', ['5m'])[0])
    if window is None or window > LONGEST:
        raise QueryError(f'{prefix}: .last() takes 1m to 48h, in m, h, or d')
    return window
