"""The events, logs, and spans of a test, and what the account keeps of each."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from datadog_sandbox import notifications
from datadog_sandbox.store import Log, Span, Store

from .fields import Finite, Strict, Time

MOST = 100_000
"""Records of a test: a query looks at so many at the most."""
At = Annotated[list[Time], Field(min_length=1), BeforeValidator(lambda at: at if isinstance(at, list) else [at])]
Scalar = str | bool | int | Finite


class RecordSeries(Strict):
    """Records that are alike, at one or more times."""

    at: At
    """When it happens: a time, or a list of times."""
    count: Annotated[int, Field(ge=1, le=MOST)] = 1
    """How many there are at each of the times."""
    tags: list[str] = []
    host: str | None = None

    def put(self, store: Store, number: int, moment: int) -> None:
        """Store one of them, the `number`th of the test, at a moment."""
        raise NotImplementedError


class EventSeries(RecordSeries):
    """Events that are posted."""

    title: str
    text: str = ''
    source: str = 'my_apps'
    alert_type: Literal['error', 'warning', 'info', 'success', 'user_update', 'recommendation', 'snapshot'] = 'info'
    priority: Literal['normal', 'low'] = 'normal'
    aggregation_key: str | None = None

    def put(self, store: Store, number: int, moment: int) -> None:
        # Not `number`: the alerts of monitors are events, too.
        id_ = store.next_number('event')
        body: dict[str, Any] = {
            'id': id_, 'title': self.title, 'text': self.text, 'date_happened': moment, 'tags': self.tags,
            'host': self.host, 'source': self.source, 'alert_type': self.alert_type, 'priority': self.priority,
            'aggregation_key': self.aggregation_key,
        }  # fmt: skip
        body = {key: value for key, value in body.items() if value is not None}
        store.save('event', id_, body)
        notifications.event_mail(store, body, moment)


class LogSeries(RecordSeries):
    """Logs that are collected."""

    message: str = ''
    service: str = ''
    source: str = ''
    status: str = 'info'
    attributes: dict[str, Any] = {}
    """Attributes, which searches call @name: nested mappings, or keys with dots."""

    def put(self, store: Store, number: int, moment: int) -> None:
        store.add_logs([
            Log(0, moment * 1000, self.host or '', self.service, self.source, self.status, self.message,
                tuple(self.tags), self.attributes),
        ])  # fmt: skip


class SpanSeries(RecordSeries):
    """Spans of traces, each a trace of its own."""

    service: str
    name: str = 'web.request'
    """The name of the operation."""
    resource: str = ''
    type: str = 'web'
    env: str = ''
    duration: Annotated[float, Field(ge=0, le=1e6)] = 0.1
    """Seconds."""
    error: bool = False
    attributes: dict[str, Scalar] = {}
    """Tags of the span, such as http.status_code: numbers become its metrics."""

    def put(self, store: Store, number: int, moment: int) -> None:
        measures = {key: float(value) for key, value in self.attributes.items() if type(value) in (int, float)}
        meta = {key: str(value) for key, value in self.attributes.items() if key not in measures}
        meta |= dict(tag.split(':', 1) for tag in self.tags if ':' in tag)
        store.add_spans([
            Span(str(number), str(number), '0', self.service, self.name, self.resource, self.type,
                 moment * 1_000_000_000, round(self.duration * 1e9), int(self.error), self.host or '', self.env, meta,
                 measures),
        ])  # fmt: skip
