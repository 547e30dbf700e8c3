"""More layers of aggregation in space: `max(avg:cpu{*} by {env,host}, {env})`, `percentile(query1, 'p90', {*})`.

https://docs.datadoghq.com/metrics/nested_queries/ has what these functions do, and their arguments, but not their
spelling: that is of dashboards which Datadog ships.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from datadog_sandbox.query.errors import QueryError
from datadog_sandbox.query.grid import REDUCTIONS, Grid, Reduction, known_only
from datadog_sandbox.query.registry import Keys, Percentile, function
from datadog_sandbox.query.tree import inner_keys


def regrouped(lines: Grid, keys: tuple[str, ...], reduction: Reduction) -> Grid:
    """Return one line for each group by fewer keys. Raises `QueryError`."""
    kept = inner_keys(keys)
    if missing := [key for key in kept if key not in lines.keys]:
        groups = ', '.join(lines.keys) or 'nothing'
        raise QueryError(f'the query in it is grouped by {groups}, and not by {missing[0]}')
    places = [lines.keys.index(key) for key in kept]
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, group in enumerate(lines.groups):
        rows.setdefault(tuple(group[place] for place in places), []).append(row)
    values = [reduction(lines.values[chosen].T) for chosen in rows.values()]
    shape = len(rows), lines.values.shape[1]
    array = np.array(values, dtype=float).reshape(shape)
    return replace(lines, keys=kept, groups=tuple(rows), values=array, lower=None, upper=None, outlying=None)


def layer(name: str, reduction: Reduction, words: str) -> Callable[..., Grid]:
    def apply(lines: Grid, keys: Keys) -> Grid:
        return regrouped(lines, keys, reduction)

    apply.__doc__ = f'Return the {words} of the groups that share the values of these tags.'
    return function(name, single_values=True, local=True)(apply)


layer('avg', REDUCTIONS['avg'], 'average')
layer('sum', REDUCTIONS['sum'], 'sum')
layer('min', REDUCTIONS['min'], 'lowest value')
layer('max', REDUCTIONS['max'], 'highest value')
layer('stddev', lambda values: known_only(np.nanstd, values), 'standard deviation')


@function(single_values=True, local=True)
def percentile(lines: Grid, share: Percentile, keys: Keys) -> Grid:
    """Return a percentile of the groups that share the values of these tags."""
    return regrouped(
        lines, keys, lambda values: known_only(lambda known, axis: np.nanpercentile(known, share, axis=axis), values)
    )
