"""Monitors of a formula over searches: `formula("failed / total * 100").last("15m") > 5`, with `options.variables`.

https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor and
https://docs.datadoghq.com/monitors/types/log/ ("Add query", "formula")
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.monitors.words import duration
from datadog_sandbox.query import Grid, QueryError, calculate, check_formula
from datadog_sandbox.records import Compute
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

from .base import Chunk, MonitorType
from .records import COMPARISON, RecordMonitor, calls_of, window_of

QUOTED = r'(?P<quote>["\'])(?P<formula>(?:(?!(?P=quote)).)*)(?P=quote)'
PATTERN = re.compile(rf'\s*formula\(\s*{QUOTED}\s*\)(?P<calls>(?:\s*\.\s*last\s*\([^()]*\))?){COMPARISON}', re.DOTALL)
EXAMPLE = 'formula("failed / total * 100").last("15m") > 5'


class FormulaMonitor(MonitorType):
    """A monitor of a formula over variables, each of them what a search for records comes to."""

    def __init__(self, formula: str, variables: Mapping[str, RecordMonitor], window: int) -> None:
        self.formula, self.variables, self.window = formula, variables, window
        self.group_by = check_formula(formula, {name: each.group_by for name, each in variables.items()})
        self.limited = False
        self.reads_events = any(each.reads_events for each in variables.values())
        self.record_prefixes = tuple(each.prefix for each in variables.values())

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        prefix = f'Monitor query "{query[:200]}"'
        match = PATTERN.fullmatch(query)
        if match is None:
            raise QueryError(f'{prefix}: it must be like {EXAMPLE}')
        window, given = window_of(prefix, calls_of(prefix, match['calls'])), options.get('variables') or []
        on_missing = options.get('on_missing_data') or ('' if options.get('notify_no_data') else 'default')
        variables: dict[str, RecordMonitor] = {}
        for number, variable in enumerate(given):
            if not isinstance(variable, Mapping) or not isinstance(variable.get('name'), str):
                raise QueryError(f'{prefix}: options.variables[{number}] has no name')
            variables[variable['name']] = _searched(prefix, variable, window, on_missing == 'default')
        monitor = cls(match['formula'], variables, window)
        monitor.operator, monitor.threshold = match['operator'], float(match['threshold'])
        monitor.empty_is_zero = on_missing == 'default'
        monitor.limited = any(group.get('limit') for each in given for group in each.get('group_by') or [])
        return monitor

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        grids: dict[str, Grid] = {}
        parts: list[Readings] = []
        for name, variable in self.variables.items():
            [(_, readings)] = variable.read(store, moments, delay)
            groups = tuple(tuple(tags[key] for key in variable.group_by) for tags in readings.groups)
            counted = variable.compute.function in ('count', 'cardinality')
            grids[name] = Grid(variable.group_by, groups, readings.values, MINUTE, gaps_are_zero=counted)
            parts.append(readings)
        grid = calculate(self.formula, grids)
        if not grid.groups:
            yield moments, no_readings(len(moments))
            return
        tags = [dict(zip(grid.keys, group, strict=True)) for group in grid.groups]
        times = [_times(group, parts) for group in tags]
        last, first = np.array([last for last, _ in times]), np.array([first for _, first in times], dtype=np.int64)
        yield moments, Readings(tags, grid.values, last, first, np.ones(grid.values.shape, dtype=bool))

    @property
    def measure(self) -> str:
        return f'{self.formula} in the last {duration(self.window)}'

    def matching_variables(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[str, str]:
        for variable in self.variables.values():
            own = {key: value for key, value in tags.items() if key in variable.group_by}
            if known := variable.matching_variables(store, own, moment):
                return known
        return {}

    def remarks(self) -> list[Remark]:
        remarks = [remark for variable in self.variables.values() for remark in variable.remarks()]
        if self.limited:
            message = 'The limit of a group_by in options.variables is not applied: all groups are evaluated.'
            remarks.append(Remark('variables-limit', message, True))
        return list(dict.fromkeys(remarks))


def _searched(prefix: str, variable: Mapping[str, Any], window: int, zero: bool) -> RecordMonitor:
    """Return what one of the variables searches for and computes. Raises `QueryError`."""
    kinds: dict[Any, type[RecordMonitor]] = {kind.source: kind for kind in RecordMonitor.__subclasses__()}
    source = variable.get('data_source')
    if source not in kinds:
        raise QueryError(f'{prefix}: the data source {str(source)[:100]} of {variable["name"][:100]} is not evaluated')
    compute: Mapping[str, Any] = variable.get('compute') or {}
    facets = [str(group.get('facet')) for group in variable.get('group_by') or []]
    computed = Compute.checked(compute.get('aggregation') or 'count', compute.get('metric'))
    search = str((variable.get('search') or {}).get('query') or '')
    monitor = kinds[source](search, facets, computed, window)
    monitor.indexes, monitor.empty_is_zero = tuple(map(str, variable.get('indexes') or ())), zero
    return monitor


def _times(group: Mapping[str, str], parts: Sequence[Readings]) -> tuple[np.ndarray, int]:
    """Return when the last and the first record of a group came, of whichever variable that is."""
    rows = [
        (readings.last[row], int(readings.first[row]))
        for readings in parts
        for row, tags in enumerate(readings.groups)
        if tags.items() <= group.items()
    ]
    return np.max([last for last, _ in rows], axis=0), min(first for _, first in rows)
