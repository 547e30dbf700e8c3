"""alert_value: what a monitor compares with its thresholds, now."""

from collections.abc import Mapping
from typing import Any, Self

from datadog_sandbox import monitors
from datadog_sandbox.query import QueryError
from datadog_sandbox.widgets.alerts import monitor_of
from datadog_sandbox.widgets.formats import Paint, written
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.tables import STATES
from datadog_sandbox.widgets.values import Value

from .query_value import QueryValue


class AlertValue(QueryValue):
    """Of several groups, the value of the one whose state is the worst, in the order of their names."""

    type = 'alert_value'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        monitor = monitor_of(definition, context)
        refusal = monitors.refusal(monitor)
        if refusal is not None:
            raise QueryError(refusal)
        values = monitors.values(context.store, monitor, context.end)
        if not values:
            raise Empty('This monitor has no value now')
        states = context.store.states(monitor['id'])
        order = ('Alert', 'Warn', 'No Data', 'OK')
        status = {name: states[name]['status'] if name in states else 'OK' for name in values}
        name = min(values, key=lambda group: (order.index(status[group]) if status[group] in order else 9, group))
        unit = str(definition.get('unit') or '')
        text = written(values[name], definition.get('precision', 2), unit in ('', 'auto'))
        paint = Paint(STATES.get(status[name], ''))
        return cls(Value(name, values[name], text, '' if unit == 'auto' else unit, paint=paint))
