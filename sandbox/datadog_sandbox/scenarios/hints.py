"""Hints why a monitor has no such group: what it reads, and what the test sends."""

from collections.abc import Collection
from datetime import datetime
from difflib import SequenceMatcher
from zoneinfo import ZoneInfo

from datadog_sandbox import monitors, query

from .assets import Monitor
from .planning import Plan

MOST = 3
"""How many series a hint names."""


def not_due(monitor: Monitor, start: int, end: int, zone: ZoneInfo) -> str | None:
    """Return why a monitor is never evaluated between two moments; None where it is."""
    following = monitors.next_evaluation(monitor.body, start - 1)
    if following is None:
        return 'its custom schedule has no time left'
    if following <= end:
        return None
    scheduled = (monitor.body.get('options') or {}).get('scheduling_options')
    by = ' by its custom schedule' if scheduled else ''
    return f'it is first evaluated{by} at {datetime.fromtimestamp(following, zone):%a %d %b %Y %H:%M}, {zone}'


def absent(monitor: Monitor, groups: Collection[str], plan: Plan, moment: int, zone: ZoneInfo) -> str:
    """Return a hint for a group that does not exist at a moment.

    It names the groups that exist, the first evaluation, or the series nearest to the query.
    """
    if groups:
        return f'there is {", ".join(list(groups)[:5])}{", …" if len(groups) > 5 else ""}'
    if reason := not_due(monitor, plan.start, moment, zone):
        return reason
    reads = read_by(monitor)
    sent = list(dict.fromkeys(map(str, (sample.name for sample in plan.samples))))
    sent += [f'the check {checks.check}' for checks in plan.test.check_series]
    if not reads or not sent:
        return 'there is none' if sent else 'there is none, and the test sends no series'
    target = ' '.join(reads)
    nearest = sorted(sent, key=lambda name: -SequenceMatcher(None, target, name).ratio())
    more = f' and {len(sent) - MOST} more' if len(sent) > MOST else ''
    return f'the query reads {" and ".join(reads)}; the test sends {", ".join(nearest[:MOST])}{more}'


def read_by(monitor: Monitor) -> list[str]:
    """Return the metrics and scopes in the query of a metric monitor; of other types, the whole query."""
    try:
        text = getattr(monitors.parse(monitor.body), 'query', '')
        return list(dict.fromkeys(f'{read.metric}{{{read.scope}}}' for read in query.queried(text)))
    except query.QueryError:
        return [' '.join(monitor.body['query'].split())]
