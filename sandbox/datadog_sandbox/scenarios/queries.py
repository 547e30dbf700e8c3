"""The values of a query at a moment, by group."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from datadog_sandbox import monitors, query
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

LOOK_BACK = 5 * MINUTE
"""Seconds in which the last value of a graph is looked for; as in promtool."""


def check(text: str) -> None:
    """Refuse what is no query. Raises `query.QueryError`."""
    if _of_monitor(text):
        query.parse_monitor(f'{text} > 0')
    else:
        query.parse(text)


def values(store: Store, text: str, moment: int) -> dict[str, float]:
    """Return the value of each group that has one: as a monitor sees it, or the last of a graph.

    Raises `query.QueryError`.
    """
    if _of_monitor(text):
        monitor: Mapping[str, Any] = {'id': 0, 'type': 'query alert', 'query': f'{text} > 0', 'options': {}}
        return monitors.values(store, monitor, moment)
    end = moment // MINUTE * MINUTE + MINUTE
    found = {}
    for line in query.evaluate(store, text, end - LOOK_BACK, end, MINUTE):
        present = np.flatnonzero(~np.isnan(line.values))
        if len(present):
            found[query.group_name(line.group)] = float(line.values[present[-1]])
    return found


def _of_monitor(text: str) -> bool:
    return '(last_' in text or '(current_' in text
