"""Event monitors: how many events came in a window.

https://docs.datadoghq.com/monitors/types/event/ and the query types of
https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Self

import numpy as np

from datadog_sandbox.monitors.event_search import Event, parse_search
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.monitors.spans import span
from datadog_sandbox.numerals import numeral
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.store import Store
from datadog_sandbox.times import DAY, HOUR, MINUTE

from .base import Chunk, MonitorType

LONGEST = 2 * DAY
"""Seconds of a window: "This value should not exceed 48 hours." """
UNITS = {'m': MINUTE, 'h': HOUR, 'd': DAY}
QUERY = re.compile(
    r'\s*events\(\s*(?P<quote>["\'])(?P<search>.*?)(?P=quote)\s*\)'
    r'(?P<calls>(?:\s*\.\s*(?:rollup|by|last)\s*\([^()]*\))*)'
    r'\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<threshold>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*',
    re.DOTALL,
)
CALL = re.compile(r'\.\s*(rollup|by|last)\s*\(([^()]*)\)')


class EventMonitor(MonitorType):
    """A monitor such as `events("status:error").rollup("count").by("host").last("5m") > 3`."""

    names = ('event-v2 alert', 'event alert')

    def __init__(self, search: str, group_by: Sequence[str], facet: str | None, window: int) -> None:
        self.matches, self.group_by, self.window = parse_search(search), tuple(group_by), window
        self._facet = facet

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        shown = f'Monitor query "{query[:200]}"'
        match = QUERY.fullmatch(query)
        if match is None:
            raise QueryError(f'{shown}: it must be like events("status:error").rollup("count").last("5m") > 3')
        calls: dict[str, list[str]] = {}
        for name, given in CALL.findall(match['calls']):
            if name in calls:
                raise QueryError(f'{shown}: .{name}() is there twice')
            calls[name] = [part.strip(' "\'') for part in given.split(',')]
        method, *facets = calls.get('rollup', ['count'])
        if method not in ('count', 'cardinality') or len(facets) != (method == 'cardinality'):
            raise QueryError(f'{shown}: .rollup("count") and .rollup("cardinality", "facet") are evaluated')
        window = re.fullmatch(r'([1-9]\d{0,5})([mhd])', calls.get('last', ['5m'])[0])
        if window is None or (seconds := int(window[1]) * UNITS[window[2]]) > LONGEST:
            raise QueryError(f'{shown}: .last() takes 1m to 48h, in m, h, or d')
        keys = [key.removeprefix('@') for key in calls.get('by', []) if key and key != '*']
        facet = facets[0].removeprefix('@') if facets else None
        monitor = cls(match['search'], keys, facet, seconds)
        monitor.operator, monitor.threshold = match['operator'], float(match['threshold'])
        on_missing = options.get('on_missing_data') or ('' if options.get('notify_no_data') else 'default')
        monitor.empty_is_zero = on_missing == 'default'
        return monitor

    def describe(self, value: float) -> str:
        counted = f'distinct values of {self._facet}' if self._facet else 'events'
        return f'the number of {counted} in the last {span(self.window)} is {numeral(value)}'

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        ends = np.array(moments, dtype=np.int64) - delay
        groups: dict[str, tuple[dict[str, str], list[tuple[int, str]]]] = {}
        always = self.empty_is_zero and not self.group_by
        if always:
            # No event at all is a reading as well: 0.
            groups['*'] = {}, []
        for event in store.events(int(ends[0]) - self.window + 1, int(ends[-1]) + 1):
            host = event.get('host')
            of_host = (f'host:{host}', *store.host_tags(host)) if host else ()
            whole = {**event, 'tags': [*(event.get('tags') or []), *of_host]}
            if self.matches(whole):
                for tags in self._groups(whole):
                    value = _value(whole, self._facet) if self._facet else ''
                    groups.setdefault(group_name(tags), (tags, []))[1].append((event['date_happened'], value))
        if not groups:
            yield moments, no_readings(len(moments))
            return
        yield moments, self._readings([*groups.values()], ends, always)

    def _groups(self, event: Event) -> Iterator[dict[str, str]]:
        """Yield the tags of the groups that an event belongs to; none where it lacks one of the keys."""
        values = defaultdict(list)
        for tag in dict.fromkeys(event['tags']):
            key, _, value = tag.partition(':')
            values[key].append(value)
        for key in {'source', 'host', 'priority'} - set(values):
            if event.get(key):
                values[key].append(str(event[key]))
        for combination in product(*(values[key] for key in self.group_by)):
            yield dict(zip(self.group_by, combination, strict=True))

    def _readings(
        self, groups: Sequence[tuple[dict[str, str], list[tuple[int, str]]]], ends: np.ndarray, always: bool
    ) -> Readings:
        shape = len(groups), len(ends)
        values, last = np.zeros(shape), np.full(shape, -1)
        for row, (_, events) in enumerate(groups):
            times = np.array([time for time, _ in events], dtype=np.int64)
            seen, gone = np.searchsorted(times, ends, 'right'), np.searchsorted(times, ends - self.window, 'right')
            values[row] = seen - gone
            if self._facet:
                values[row] = [
                    len({value for _, value in events[start:stop]} - {''})
                    for start, stop in zip(gone, seen, strict=True)
                ]
            if len(times):
                minute = -((int(ends[0]) - times[np.maximum(seen, 1) - 1]) // MINUTE)
                last[row] = np.where(seen > 0, ends[0] + MINUTE * minute, -1)
        if always:
            last = np.broadcast_to(ends, shape)
        else:
            values[values == 0] = np.nan
        first = np.array([ends[0] if always else events[0][0] for _, events in groups], dtype=np.int64)
        first = ends[0] - (ends[0] - first) // MINUTE * MINUTE
        return Readings([tags for tags, _ in groups], values, last, first, np.ones(shape, dtype=bool))


def _value(event: Event, facet: str) -> str:
    """Return the value of a field or tag of an event; empty where it has none."""
    tags = (tag.partition(':')[2] for tag in event['tags'] if tag.partition(':')[0] == facet)
    return next(tags, str(event.get(facet) or ''))
