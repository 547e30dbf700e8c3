"""query_value: one large number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.words import large
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.values import Value, values


@dataclass(frozen=True)
class QueryValue(Content):
    type = 'query_value'
    template = 'query_value.html'

    value: Value

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        return cls(values(definition, definition['requests'][0], context)[0])

    def drawing(self) -> Drawing:
        return large(self.value.shown, self.value.paint)
