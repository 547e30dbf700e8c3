"""The values of a query at a moment, by group."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from datadog_sandbox import monitors, query
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

LOOK_BACK = 5 * MINUTE
"""Seconds before a moment in which the last value of a graph counts, as in promtool."""


def check(text: str) -> None:
    """Raise `query.QueryError` for a string that is not a query."""
    if _is_of_monitor(text):
        query.parse_monitor(f'{text} > 0')
    else:
        query.parse(text)


def values(store: Store, text: str, moment: int) -> dict[str, float]:
    """Return the value of each group that has one: the value that a monitor compares, or the last of a graph.

    Raises `query.QueryError`.
    """
    if _is_of_monitor(text):
        monitor: Mapping[str, Any] = {'id': 0, 'type': 'query alert', 'query': f'{text} > 0', 'options': {}}
        return monitors.values(store, monitor, moment)
    end = moment // MINUTE * MINUTE + MINUTE
    last_values = {}
    for line in query.evaluate(store, text, end - LOOK_BACK, end, MINUTE):
        present = np.flatnonzero(~np.isnan(line.values))
        if len(present):
            last_values[query.group_name(line.group)] = float(line.values[present[-1]])
    return last_values


def _is_of_monitor(text: str) -> bool:
    return '(last_' in text or '(current_' in text
