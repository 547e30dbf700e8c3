"""Hints why a monitor has no such group: what it reads, and what the test sends."""

from collections.abc import Collection
from difflib import SequenceMatcher

from datadog_sandbox import monitors, query

from .assets import Monitor
from .planning import Plan

MOST = 3
"""How many series a hint names."""


def absent(monitor: Monitor, groups: Collection[str], plan: Plan) -> str:
    """Return a hint for a group that does not exist: the groups that do, or the series nearest to the query."""
    if groups:
        return f'there is {", ".join(list(groups)[:5])}{", …" if len(groups) > 5 else ""}'
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
