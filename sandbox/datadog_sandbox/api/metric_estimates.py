"""How many series a metric would have with a tag configuration, API v2."""

from typing import Any

from datadog_sandbox import query
from datadog_sandbox.times import DAY

from .endpoint import Call, Refused, endpoint, iso
from .metric_uses import type_of

LATELY = DAY
"""Seconds to look back for series."""
VALUES = {'count_or_gauge': 1, 'distribution': 5, 'percentile': 10}
"""Metrics of each combination of tags, by the type of an estimate.

https://docs.datadoghq.com/account_management/billing/custom_metrics/?tab=distribution
"""


def estimate(call: Call) -> Any:
    """Answer with the number of series by the keys of `filter[groups]`, or by all others, as they came in a day.

    As documented, `filter[num_aggregations]` has no effect.
    """
    name, keys = call.path['name'], call.words('filter[groups]')
    call.number('filter[num_aggregations]', 0, 9)
    series = call.store.series(name)
    if not series:
        raise Refused(f'{name} not found', 404)
    active = [series[id_] for id_ in call.store.last_times([*series], int(call.now) - LATELY)]
    tagged = [query.tags_of(call.store, each) for each in active]
    without = call.flag('filter[exclude_tags_mode]')
    groups = {
        frozenset(tag for tag in tags if not keys or (tag.partition(':')[0] in keys) != without) for tags in tagged
    }
    kind = 'count_or_gauge'
    if type_of(call) == 'distribution':
        kind = 'percentile' if call.flag('filter[pct]') else 'distribution'
    attributes = {
        'estimated_output_series': len(groups) * VALUES[kind],
        'estimate_type': kind,
        'estimated_at': iso(int(call.now * 1_000_000)).replace('+00:00', 'Z'),
    }
    return {'data': {'type': 'metric_cardinality_estimate', 'id': name, 'attributes': attributes}}


routes = [
    endpoint(
        'GET',
        '/api/v2/metrics/{name}/estimate',
        estimate,
        unsupported=('filter[hours_ago]', 'filter[timespan_h]'),
    )
]
