"""Service check monitors: consecutive statuses of each group, or the percentage of a cluster with a status.

https://docs.datadoghq.com/monitors/types/service_check/ and the query types of
https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor
"""

import itertools
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from datadog_sandbox.monitors.model import Level, Remark
from datadog_sandbox.monitors.numbers import numbers
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.query import QueryError, group_name
from datadog_sandbox.store import ServiceCheck, Store
from datadog_sandbox.times import DAY, MINUTE

from .base import Chunk, MonitorType

STATUSES = ('ok', 'warning', 'critical', 'unknown')
"""The statuses of a check, by number; also the names of their thresholds."""
LEVELS = (Level.OK, Level.WARN, Level.ALERT, Level.NO_DATA)
"""The level of each status. As documented, a group in UNKNOWN has the colour of No Data."""
LOOKBACK = 15 * MINUTE
"""Seconds of statuses that are read at first; if they are too few, a day is."""
MOST = 100
"""Most runs in `.last()`."""
CALL = re.compile(r'\.\s*(?P<name>\w+)\s*\((?P<arguments>(?:[^()"\']|"[^"]*"|\'[^\']*\')*)\)\s*')
ARGUMENT = re.compile(r'\s*(?:"([^"]+)"|\'([^\']+)\'|([^\s,"\']+))\s*(?:,|$)')
CALLS = ('over', 'exclude', 'by', 'last', 'count_by_status', 'pct_by_status')


class CheckQuery(NamedTuple):
    """The parsed query of a service check monitor."""

    name: str
    over: tuple[str, ...]
    """Tags and host names, all of which a check must have."""
    exclude: tuple[str, ...]
    """Tags and host names, none of which a check may have."""
    by: tuple[str, ...]
    """The keys of a group: `*` for all tags, none for a single group."""
    last: int
    """The number of runs that a monitor looks at."""
    percentage: bool
    """Whether it is a cluster alert: on the percentage of checks whose last run has a status."""


def parse_check(query: str) -> CheckQuery:
    """Parse the query of a service check monitor. Raises `QueryError`."""
    prefix = f'Monitor query "{query[:200]}"'
    usage = '"check".over("tag").by("key").last(count).count_by_status()'
    head = re.match(r'\s*(["\'])(?P<name>[^"\']+)\1\s*', query)
    if head is None:
        raise QueryError(f'{prefix}: it does not begin with the name of a check in quotes, as {usage} does')
    calls: dict[str, list[str]] = {}
    position = head.end()
    while position < len(query):
        call = CALL.match(query, position)
        arguments = list(ARGUMENT.finditer(call['arguments'])) if call else []
        whole = call and call['arguments'].strip() == ''.join(argument[0] for argument in arguments).strip()
        if not call or not whole or call['name'] not in CALLS or call['name'] in calls:
            raise QueryError(f'{prefix}, column {position + 1}: it must be like {usage}')
        calls[call['name']] = [next(filter(None, argument.groups())) for argument in arguments]
        position = call.end()
    if ('count_by_status' in calls) == ('pct_by_status' in calls):
        raise QueryError(f'{prefix}: it must end with .count_by_status() or .pct_by_status()')
    count = calls.get('last', ['1'])
    if len(count) != 1 or not re.fullmatch(r'[0-9]{1,3}', count[0]) or not 1 <= int(count[0]) <= MOST:
        raise QueryError(f'{prefix}: .last() takes a number of runs from 1 to {MOST}, not {", ".join(count) or "none"}')
    return CheckQuery(
        head['name'],
        tuple(tag for tag in calls.get('over', []) if tag != '*'),
        tuple(calls.get('exclude', [])),
        tuple(calls.get('by', [])),
        int(count[0]),
        'pct_by_status' in calls,
    )


class ServiceCheckMonitor(MonitorType):
    """A monitor such as `"app.ok".over("env:prod").by("host").last(3).count_by_status()`."""

    names = ('service check',)
    window = MINUTE
    # "24 hours is used for service checks": https://docs.datadoghq.com/monitors/guide/monitor_api_options/
    missing_after = DAY
    # "Host/Service Checks: Groups age out after 48 hours": https://docs.datadoghq.com/monitors/guide/troubleshooting-no-data/
    retention = 2 * DAY

    def __init__(self, check: CheckQuery, thresholds: Mapping[str, float]) -> None:
        self.check, self.thresholds = check, thresholds
        self.fixed_tags = dict(tag.split(':', 1) for tag in check.over if ':' in tag)
        self.group_by = () if check.by == ('*',) and check.percentage else check.by

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        check = parse_check(query)
        thresholds = numbers(options.get('thresholds') or {}, STATUSES, 'options.thresholds')
        if check.percentage:
            if not {'critical', 'warning'} & set(thresholds):
                raise QueryError('options.thresholds has neither critical nor warning, in percent of the checks')
            return cls(check, thresholds)
        thresholds = {'ok': 1.0, 'warning': 1.0, 'critical': 1.0, **thresholds}
        for name, value in thresholds.items():
            if not 1 <= value <= check.last or value != int(value):
                raise QueryError(
                    f'options.thresholds.{name} is {value:g}: it must be a whole number from 1 to the '
                    f'{check.last} of .last({check.last})'
                )
        return cls(check, thresholds)

    @property
    def lookback(self) -> int:
        return LOOKBACK

    def remarks(self) -> list[Remark]:
        if any(':' in key for key in self.check.by):
            message = f'.by({", ".join(self.check.by)}) has a value: only its key makes the groups.'
            return [Remark('query-by-value', message, True)]
        return []

    def message(self, store: Store, tags: Mapping[str, str], moment: int) -> str:
        return next((run.message for run in self._latest(store, tags, moment)), '')

    def is_unknown(self, store: Store, tags: Mapping[str, str], moment: int, recovered: bool) -> bool:
        runs = list(self._latest(store, tags, moment))
        if recovered:
            runs = [*itertools.dropwhile(lambda run: run.status == runs[0].status, runs)]
        elif runs and moment - runs[0].time >= LOOKBACK:
            return False
        return bool(runs) and STATUSES[runs[0].status] == 'unknown'

    def _latest(self, store: Store, tags: Mapping[str, str], moment: int) -> Iterator[ServiceCheck]:
        """Yield the runs of a group in the day up to a moment, from the latest on."""
        runs = store.check_statuses(self.check.name, moment - DAY + 1, moment + 1)
        return (run for run in reversed(runs) if any(group == tags for group in self.groups_of(store, run)))

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        ends = [moment - delay for moment in moments]
        groups = self._groups(store, ends)
        if not groups:
            yield moments, no_readings(len(moments))
            return
        shape = len(groups), len(ends)
        readings = Readings(
            [tags for tags, _ in groups],
            np.full(shape, np.nan),
            np.full(shape, -1),
            np.array([ends[0] - (ends[0] - runs[0].time) // MINUTE * MINUTE for _, runs in groups]),
            np.ones(shape, dtype=bool),
            np.full(shape, Level.MISSING, dtype=np.int64),
            np.zeros(shape, dtype=np.int64),
            np.ones(shape, dtype=bool),
            [],
        )
        for row, (_, runs) in enumerate(groups):
            self._judge(runs, ends, readings, row)
        yield moments, readings

    def _groups(self, store: Store, ends: Sequence[int]) -> list[tuple[dict[str, str], list[ServiceCheck]]]:
        """Return the runs of each group, by time."""
        groups: dict[str, tuple[dict[str, str], list[ServiceCheck]]] = {}
        for lookback in (DAY,) if self.check.percentage else (LOOKBACK, DAY):
            groups = {}
            for run in store.check_statuses(self.check.name, ends[0] - lookback + 1, ends[-1] + 1):
                for tags in self.groups_of(store, run):
                    groups.setdefault(group_name(tags), (tags, []))[1].append(run)
            enough = (sum(run.time <= ends[0] for run in runs) >= self.check.last for _, runs in groups.values())
            if all(enough):
                break
        return list(groups.values())

    def groups_of(self, store: Store, run: ServiceCheck) -> Iterator[dict[str, str]]:
        """Yield the tags of the groups that a run belongs to: several, if it has several values of a key."""
        tags = {*run.tags, *((f'host:{run.host}', *store.host_tags(run.host)) if run.host else ())}
        if not all(tag in tags or tag == run.host for tag in self.check.over):
            return
        if any(tag in tags or tag == run.host for tag in self.check.exclude):
            return
        values = defaultdict(list)
        for tag in sorted(tags):
            key, _, value = tag.partition(':')
            values[key].append(value)
        if self.check.by == ('*',):
            all_keys = sorted({tag.partition(':')[0] for tag in run.tags} | ({'host'} if run.host else set()))
            yield {} if self.check.percentage else {key: ','.join(values[key]) for key in all_keys}
            return
        keys = [key.partition(':')[0] for key in self.check.by]
        for combination in itertools.product(*(values[key] for key in keys)):
            yield dict(zip(keys, combination, strict=True))

    def _judge(self, runs: Sequence[ServiceCheck], ends: Sequence[int], readings: Readings, row: int) -> None:
        """Fill in a row of the readings, from the runs of its group."""
        assert readings.levels is not None and readings.sustained is not None
        assert readings.empty is not None and readings.notes is not None
        times, seen = [run.time for run in runs], 0
        newest: dict[tuple[str, tuple[str, ...]], int] = {}
        level, sustained, value, note = Level.OK, Level.OK, 0.0, ''
        for column, end in enumerate(ends):
            count = bisect_right(times, end)
            if not count:
                continue
            # A run is seen at the first moment after it, as a point is.
            readings.last[row, column] = end - (end - times[count - 1]) // MINUTE * MINUTE
            readings.empty[row, column] = end - times[count - 1] >= self.window
            if end - times[count - 1] >= LOOKBACK:
                # Too old to change the state, as it might not have been read.
                continue
            if count != seen:
                newest |= {(run.host, run.tags): run.status for run in runs[seen:count]}
                recent = runs[max(0, count - self.check.last) : count]
                level, sustained, value, note = (
                    self._percentage(newest.values()) if self.check.percentage else self._consecutive(recent)
                )
                seen = count
            readings.levels[row, column], readings.sustained[row, column] = level, sustained
            readings.values[row, column] = value
        readings.notes.append(note)

    def _consecutive(self, runs: Sequence[ServiceCheck]) -> tuple[Level, Level, float, str]:
        """Return the level after the last run, the level that it sustains, a value, and a note."""
        newest = runs[-1].status
        alike = next((index for index, run in enumerate(reversed(runs)) if run.status != newest), len(runs))
        name, needed = STATUSES[newest], self.thresholds.get(STATUSES[newest])
        note = f'its last {alike} statuses are {name.upper()}' if alike > 1 else f'its last status is {name.upper()}'
        if needed is None:
            return Level.OK, Level.ALERT, np.nan, f'{note}, which changes nothing'
        if alike < needed:
            return Level.OK, Level.ALERT, np.nan, f'{note}, of {needed:g} that are needed'
        level = LEVELS[newest]
        return level, Level.OK if level == Level.NO_DATA else level, np.nan, note

    def _percentage(self, statuses: Iterable[int]) -> tuple[Level, Level, float, str]:
        """Return what `_consecutive` does, for the last status of each check in a cluster."""
        newest = list(statuses)
        share = {name: 100 * newest.count(code) / len(newest) for code, name in enumerate(STATUSES)}
        level = Level.OK
        for name, reached in (('warning', Level.WARN), ('critical', Level.ALERT)):
            if name in self.thresholds and share[name] > self.thresholds[name]:
                level = reached
        note = f'{share["critical"]:.3g} % of {len(newest)} checks are CRITICAL, {share["warning"]:.3g} % are WARNING'
        return level, level, share['warning' if level == Level.WARN else 'critical'], note
