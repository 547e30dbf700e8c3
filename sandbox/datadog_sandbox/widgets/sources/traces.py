"""Statistics of services as a source: what an Agent counts of all their spans, and latencies of the spans kept.

Source: `FormulaAndFunctionApmResourceStatsQueryDefinition` and `FormulaAndFunctionApmMetricsQueryDefinition` of
https://docs.datadoghq.com/api/latest/dashboards/
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datadog_sandbox.query import QueryError
from datadog_sandbox.records import quoted
from datadog_sandbox.store import Store, TraceStat
from datadog_sandbox.widgets.variables import fill_in_words

from . import records
from .sampling import Period, Sampling

SOURCES = 'apm_resource_stats', 'apm_metrics'
METRICS = 'services'
NANOSECONDS = 1_000_000_000

Stats = Sequence[TraceStat]


def _hits(stats: Stats, seconds: int) -> float:
    return float(sum(stat.hits for stat in stats))


def _errors(stats: Stats, seconds: int) -> float:
    return float(sum(stat.errors for stat in stats))


def _total_time(stats: Stats, seconds: int) -> float:
    return sum(stat.duration for stat in stats) / NANOSECONDS


TOTALS: Mapping[str, Callable[[Stats, int], float]] = {
    'hits': _hits,
    'errors': _errors,
    'error_rate': lambda stats, seconds: 100 * _errors(stats, seconds) / (_hits(stats, seconds) or 1),
    'hits_per_second': lambda stats, seconds: _hits(stats, seconds) / seconds,
    'errors_per_second': lambda stats, seconds: _errors(stats, seconds) / seconds,
    'latency_avg': lambda stats, seconds: _total_time(stats, seconds) / (_hits(stats, seconds) or 1),
    'total_time': _total_time,
}
LATENCIES = {'latency_max': 'max', 'latency_p999': 'pc99.9'} | {
    f'latency_p{percent}': f'pc{percent}' for percent in (50, 75, 90, 95, 99)
}
"""What only spans have."""
DISTRIBUTION = 'latency_distribution'
KEYS: Mapping[str, Callable[[TraceStat], str]] = {
    'service': lambda stat: stat.service,
    'operation_name': lambda stat: stat.name,
    'resource_name': lambda stat: stat.resource,
    'http.status_code': lambda stat: str(stat.status),
    'host': lambda stat: stat.host,
}
"""What statistics can be grouped by."""


ROWS = {'service': 'service', 'resource': 'resource_name', 'span': 'operation_name'}
"""What a row of the classic form is."""
COLUMNS = {'hits': 'requests', 'latency_avg': 'average latency', 'error_rate': 'errors'}


def of_services(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return queries and formulas of a classic `apm_stats_query`. Raises `QueryError`."""
    row = query.get('row_type', 'service')
    if row not in ROWS:
        raise QueryError(f'The row_type {str(row)[:40]!r} of an apm_stats_query is not one of {", ".join(ROWS)}')
    tag, _, value = str(query.get('primary_tag') or '').partition(':')
    shared = {
        'data_source': 'apm_resource_stats', 'service': query.get('service'), 'env': query.get('env'),
        'operation_name': query.get('name'), 'resource_name': query.get('resource'), 'group_by': [ROWS[row]],
        'primary_tag_name': tag, 'primary_tag_value': value,
    }  # fmt: skip
    queries = [{**shared, 'name': stat, 'stat': stat} for stat in COLUMNS]
    return {'queries': queries, 'formulas': [{'formula': stat, 'alias': alias} for stat, alias in COLUMNS.items()]}


def approximations(query: Mapping[str, Any]) -> list[str]:
    """Return what of a statistic is approximated, a sentence each."""
    if query.get('stat') in (*LATENCIES, DISTRIBUTION):
        return ['Latencies are those of the spans kept (approximated)']
    env = str(query.get('env') or '')
    if env in ('', '*', 'none') or env.startswith('$'):
        return []
    return ['Statistics of services are of all environments here (approximated)']


def unit(query: Mapping[str, Any]) -> str:
    """Return Datadog's name of the unit of a statistic; empty where it is a number of something."""
    stat = str(query.get('stat'))
    return 'second' if stat.startswith('latency') or stat == 'total_time' else 'percent' if stat == 'error_rate' else ''


def as_query(query: Mapping[str, Any], sampling: Sampling) -> str:
    """Add a statistic of a period as series to an account; return the query over these. Raises `QueryError`."""
    _check(query)
    stat, keys = str(query.get('stat')), [str(key) for key in query.get('group_by') or []]
    if stat in LATENCIES:
        spans = _of_spans(query, sampling.variables, sampling.period.store) | {
            'compute': {'aggregation': LATENCIES[stat], 'metric': '@duration'},
            'group_by': [{'facet': key, 'limit': records.MOST_GROUPS} for key in keys],
        }
        return f'{records.as_query(spans, sampling)} / {NANOSECONDS}'
    if stat not in TOTALS:
        allowed = ', '.join([*TOTALS, *LATENCIES])
        raise QueryError(f'The statistic {stat[:40]} of {query["data_source"]} is not evaluated: {allowed} are')
    if unknown := [key for key in keys if key not in KEYS]:
        raise QueryError(f'Statistics of services are not grouped by {unknown[0][:40]}: {", ".join(KEYS)} are possible')
    interval = sampling.interval()
    buckets: dict[tuple[tuple[str, ...], int], list[TraceStat]] = defaultdict(list)
    for each in _matching(query, sampling.variables, sampling.read()):
        group = tuple(KEYS[key](each) for key in keys)
        buckets[group, sampling.bucket(each.time, interval)].append(each)
    values = [(group, time, TOTALS[stat](stats, interval)) for (group, time), stats in buckets.items()]
    return sampling.series(f'{METRICS}.{query["name"]}', keys, values, interval, stat in ('hits', 'errors'))


def measured(
    query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], period: Period
) -> list[tuple[float, float]]:
    """Return time and latency, in seconds, of each span kept, for a histogram. Raises `QueryError`."""
    spans = _of_spans(query, variables, period.store) | {'compute': {'aggregation': 'avg', 'metric': '@duration'}}
    return [(time, duration / NANOSECONDS) for time, duration in records.measured(spans, {}, period)]


def _check(query: Mapping[str, Any]) -> None:
    """Raise `QueryError` for what would find other spans than the statistics have."""
    for field in ('peer_tags', 'resource_hash', 'span_kind'):
        if query.get(field):
            raise QueryError(f'The {field} of statistics of services is not looked at here: leave it out')


def _matching(query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], period: Period) -> list[TraceStat]:
    wanted, tags = _wanted(query, variables), _tags(query, variables)
    hosts: dict[str, bool] = {}
    chosen = []
    for stat in period.store.trace_stats(period.start, period.end):
        if stat.host not in hosts:
            hosts[stat.host] = _has(period.store, stat.host, tags)
        if hosts[stat.host] and all(KEYS[key](stat) in values for key, values in wanted.items()):
            chosen.append(stat)
    return chosen


def _wanted(query: Mapping[str, Any], variables: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return the values that a query names of a service, by the keys of statistics; none of what it leaves open."""
    named = {key: _values(query.get(key), variables) for key in ('service', 'operation_name', 'resource_name')}
    return {key: values for key, values in named.items() if values}


def _values(text: Any, variables: Mapping[str, Sequence[str]]) -> set[str]:
    """Return what a field names, which may be a template variable of several values; nothing for all."""
    given = str(text or '')
    values = fill_in_words(given, variables).split(', ') if given.startswith('$') else [given]
    bare = {value.partition(':')[2] or value if given.startswith('$') else value for value in values}
    return set() if bare & {'', '*'} else bare


def _tags(query: Mapping[str, Any], variables: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the tags that a host has to have. Raises `QueryError` for what is more than a list of tags."""
    tags = [part.strip() for part in fill_in_words(str(query.get('query_filter') or ''), variables).split(',')]
    if wrong := [tag for tag in tags if tag.startswith(('!', '-')) or ' ' in tag or '(' in tag]:
        raise QueryError(f'The query_filter of statistics of services is a list of tags here, not {wrong[0][:60]!r}')
    if query.get('primary_tag_name'):
        tags.append(f'{query["primary_tag_name"]}:{query.get("primary_tag_value") or "*"}')
    return [tag for tag in tags if tag not in ('', '*') and not tag.endswith(':*') and not tag.startswith('env:')]


def _has(store: Store, host: str, tags: Sequence[str]) -> bool:
    return set(tags) <= {f'host:{host}', *store.host_tags(host)} if tags else True


def _of_spans(query: Mapping[str, Any], variables: Mapping[str, Sequence[str]], store: Store) -> dict[str, Any]:
    """Return the query over spans that finds those of a statistic. Raises `QueryError`."""
    env, tags = _values(query.get('env'), variables), _tags(query, variables)
    terms = _wanted(query, variables) | ({'env': env} if env else {})
    if tags:
        # No host has the empty name.
        terms['host'] = {host.name for host in store.hosts() if _has(store, host.name, tags)} or {''}
    search = ' '.join(f'{key}:({" OR ".join(map(quoted, sorted(values)))})' for key, values in terms.items())
    return {'data_source': 'spans', 'name': query.get('name') or 'spans', 'search': {'query': search}}
