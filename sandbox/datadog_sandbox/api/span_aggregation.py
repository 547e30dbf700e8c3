"""Sums, averages, and percentiles of spans by service, resource, and the like, API v2."""

import uuid
from collections.abc import Mapping
from typing import Any

from datadog_sandbox.records import Record
from datadog_sandbox.records import spans as source

from .aggregate_requests import aggregation_of
from .aggregation import buckets_of
from .endpoint import Call, Refused, endpoint
from .search_requests import done, of_body
from .spans import attributes_of, matching


def aggregate_spans(call: Call) -> Any:
    attributes = attributes_of(call.body, 'aggregate_request')
    if not isinstance(attributes, Mapping):
        raise Refused('data.attributes must be a JSON object')
    wanted = of_body(call, {'filter': attributes.get('filter')})
    asked = aggregation_of(attributes, wanted)
    spans = matching(call, wanted, complete=True)
    records = [Record(span.start / source.NANOSECONDS, source.as_sent(span)) for span in spans]
    # In contrast to those of logs, aggregates of spans have no pages: `SpansAggregateResponseMetadata`.
    buckets, _ = buckets_of(records, asked)
    return {
        'data': [
            {'type': 'bucket', 'id': str(uuid.uuid4()), 'attributes': {'by': bucket.by, 'compute': bucket.computes}}
            for bucket in buckets
        ],
        'meta': done({}),
    }


routes = [endpoint('POST', '/api/v2/spans/analytics/aggregate', aggregate_spans)]
