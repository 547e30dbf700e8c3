"""The states of a monitor that compares no value, over time: of a service check, what it submitted; of a composite
monitor, its own states and those of the monitors that it combines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Self

from datadog_sandbox import monitors
from datadog_sandbox.drawing import Drawing
from datadog_sandbox.drawing.timeline import timeline
from datadog_sandbox.monitors import CompositeMonitor, Held, MonitorType, ServiceCheckMonitor
from datadog_sandbox.natural import natural
from datadog_sandbox.query import default_interval, group_name
from datadog_sandbox.times import MINUTE

from .alerts import monitor_of
from .model import Content, Context, Empty

MOST = 30
"""Rows: those that were worst."""
GAP = 5 * MINUTE
"""Seconds for which a check that runs less often keeps its status."""
CHECK_STATUSES = 'OK', 'WARNING', 'CRITICAL', 'UNKNOWN'
"""By their numbers."""
STATES = {
    'OK': 'ok', 'Warn': 'warning', 'WARNING': 'warning', 'Alert': 'error', 'CRITICAL': 'error',
    'No Data': 'muted', 'UNKNOWN': 'muted',
}  # fmt: skip
"""The token of each state."""
SEVERITY = {state: ('ok', 'muted', 'warning', 'error').index(colour) for state, colour in STATES.items()}

Rows = Mapping[str, Sequence[Held]]


@dataclass(frozen=True)
class Timeline(Content):
    template = 'chart.html'

    rows: Rows
    """The states of each, by its name, by time."""
    all_rows: int
    start: int
    end: int
    noted: Sequence[str]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        monitor, group = monitor_of(definition, context), definition.get('group')
        parsed = monitors.parse(monitor)
        if isinstance(parsed, ServiceCheckMonitor):
            step = max(MINUTE, default_interval(context.end - context.start))
            rows = _checked(parsed, group, context, step)
            noted = [f'The worst status of each {monitors.duration(step)}']
            missing = f'No check {parsed.check.name} in the scope of this monitor ran in this range'
        else:
            rows, noted = _kept(parsed, monitor, group, context), []
            missing = 'This monitor had no state in this range'
        rows = {name: spells for name, spells in rows.items() if spells}
        if not rows:
            raise Empty(missing)
        worst = sorted(rows, key=lambda name: -max(SEVERITY.get(spell.status, 0) for spell in rows[name]))[:MOST]
        return cls({name: rows[name] for name in rows if name in worst}, len(rows), context.start, context.end, noted)

    def drawing(self) -> Drawing:
        spells = [
            {'name': name, 'state': spell.status, 'from': spell.start * 1000, 'to': spell.end * 1000}
            for name, spells in self.rows.items()
            for spell in spells
        ]
        return timeline([*self.rows], spells, STATES, self.start, self.end)

    def label(self) -> str:
        latest = [f'{name} {spells[-1].status}' for name, spells in self.rows.items()]
        more = f', and {len(latest) - 10} more' if len(latest) > 10 else ''
        return f'Latest: {", ".join(latest[:10])}{more}'

    def remarks(self) -> Sequence[str]:
        drawn = len(self.rows)
        return [*([f'The {drawn} worst of {self.all_rows} rows'] if drawn < self.all_rows else []), *self.noted]


def _checked(parsed: ServiceCheckMonitor, group: str | None, context: Context, step: int) -> Rows:
    """Return the statuses that a service check submitted, by group, or by check where a monitor counts checks."""
    worst: dict[str, dict[int, str]] = defaultdict(dict)
    for run in context.store.check_statuses(parsed.check.name, context.start, context.end):
        names = [group_name(tags) for tags in parsed.groups_of(context.store, run)]
        if group:
            names = [name for name in names if name == group]
        if parsed.check.percentage and names:
            names = [', '.join([*([f'host:{run.host}'] if run.host else []), *run.tags]) or '*']
        for name in names:
            bucket = run.time // step * step
            statuses = CHECK_STATUSES[run.status], worst[name].get(bucket, 'OK')
            worst[name][bucket] = max(statuses, key=lambda status: SEVERITY[status])
    return {name: _joined(worst[name], step, context) for name in sorted(worst, key=natural)}


def _joined(buckets: Mapping[int, str], step: int, context: Context) -> list[Held]:
    """Return the statuses of buckets as stretches of time, which end where no status came for a while."""
    joined: list[Held] = []
    for start, following in zip_longest(buckets, [*buckets][1:]):
        near = following is not None and following - start <= max(GAP, step)
        stop = following if near else min(start + step, context.end)
        if joined and joined[-1].end == start and joined[-1].status == buckets[start]:
            joined[-1] = joined[-1]._replace(end=stop)
        else:
            joined.append(Held(buckets[start], max(start, context.start), stop))
    return joined


def _kept(parsed: MonitorType, monitor: Mapping[str, Any], group: str | None, context: Context) -> Rows:
    """Return the states that the groups of a monitor had, and below them those of the monitors that it combines."""
    store = context.store

    def states(id_: int) -> dict[str, list[Held]]:
        known = min(context.end, (monitors.evaluated(store, store.get('monitor', id_) or {'id': id_}) or 0) + 1)
        return monitors.held(store, id_, context.start, known)

    own = {name: spells for name, spells in states(monitor['id']).items() if group in (None, name)}
    rows = {'this monitor' if name == '*' else name: own[name] for name in sorted(own, key=natural)}
    if isinstance(parsed, CompositeMonitor):
        tags = {name: state.get('tags') or {} for name, state in store.states(monitor['id']).items()}
        members = {
            (id_, name)
            for of_group in [*own][:MOST]
            for id_, (name, _) in parsed.members(store, tags.get(of_group, {}), context.end).items()
        }
        for id_ in parsed.dependencies:
            of_member, member = states(id_), store.get('monitor', id_) or {}
            for name in sorted((name for each, name in members if each == id_), key=natural):
                parts = str(id_), '' if name == '*' else name, str(member.get('name') or '')
                rows[' '.join(filter(None, parts))] = of_member.get(name, [])
    return rows
