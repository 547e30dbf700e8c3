"""Numbers of logs, and what becomes of their measures, by facets and over time, API v2."""

from typing import Any

from datadog_sandbox.records import Record
from datadog_sandbox.records import logs as source

from .aggregate_requests import aggregation_of
from .aggregation import buckets_of
from .endpoint import Call, endpoint
from .logs import matching, without_indexes
from .search_requests import done, of_body


def aggregate_logs(call: Call) -> Any:
    """As recorded, no logs are no bucket, not one of 0: test_aggregate_events_returns_ok_response."""
    body = without_indexes(call.body)
    wanted = of_body(call, {'filter': body.get('filter')})
    asked = aggregation_of(body, wanted)
    records = [Record(log.time / 1000, source.document(call.store, log)) for log in matching(call, wanted)]
    buckets, after = buckets_of(records, asked) if records else ([], None)
    return {
        'meta': done({} if after is None else {'page': {'after': after}}),
        'data': {'buckets': [bucket._asdict() for bucket in buckets]},
    }


routes = [endpoint('POST', '/api/v2/logs/analytics/aggregate', aggregate_logs)]
