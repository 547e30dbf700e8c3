"""geomap: values of countries."""

from collections.abc import Mapping
from typing import Any, Self

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.widgets.model import Context
from datadog_sandbox.widgets.tables import TableContent
from datadog_sandbox.widgets.values import values

from .toplist import ordered

AS_TABLE = 'Datadog draws a map of the world; here is its table (approximated)'


class Geomap(TableContent):
    type = 'geomap'

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        request = definition['requests'][0]
        rows = ordered(values(definition, request, context), request)
        greatest = max(abs(row.value) for row in rows) or 1
        cells = [[Cell(row.name), Cell(row.shown, True, share=abs(row.value) / greatest)] for row in rows]
        return cls(Table(['country', 'value'], cells), [AS_TABLE])
