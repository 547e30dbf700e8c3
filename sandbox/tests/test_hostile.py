"""Whatever is posted to whatever address, the answer says what is wrong with it, and the server goes on."""

import json
from typing import Any

from conftest import KEY, NOW
from datadog_sandbox.server import create_app
from datadog_sandbox.store import Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

ADDRESSES = [
    *(('POST', f'/api/{path}') for path in ('v2/series', 'v1/series', 'v1/check_run', 'v0.2/traces', 'v0.2/stats')),
    *(('POST', f'/api/{path}') for path in ('beta/sketches', 'v1/distribution_points', 'v1/events', 'v2/downtime')),
    *(('POST', f'/api/v1/{path}') for path in ('monitor', 'monitor/validate', 'dashboard')),
    *(('GET', f'/{path}') for path in ('monitors', 'mail', 'dashboards', 'api/v1/monitor', 'api/v1/hosts')),
    *(('POST', f'/api/v2/{path}') for path in ('spans/events/search', 'spans/analytics/aggregate', 'events/search')),
    *(('POST', f'/api/{path}') for path in ('v2/events', 'v1/slo', 'v1/slo/correction', 'v1/host/a/mute')),
    ('POST', '/api/v1/tags/hosts/a'),
    ('POST', '/api/v2/users'),
    ('PATCH', '/api/v2/users/a'),
    ('POST', '/intake/'),
]
NAMES = st.sampled_from([
    'series', 'metric', 'points', 'tags', 'host', 'type', 'interval', 'resources', 'name', 'check', 'status', 'Stats',
    'internalHostname', 'meta', 'gohai', 'events', 'query', 'options', 'title', 'layout_type', 'widgets', 'data',
    'attributes', 'scope', 'schedule', 'monitor_identifier', 'text', 'message', 'thresholds', 'definition',
    'filter', 'from', 'to', 'page', 'limit', 'compute', 'group_by', 'facet', 'sort', 'category', 'rrule', 'end',
    'email', 'relationships', 'roles',
])  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=8),
    st.sampled_from(['gauge', 'm', NOW, NOW - 30, 'query alert', 'avg(last_5m):avg:m{*} > 5', 'ordered', '\ud800']),
)  # fmt: skip
BODIES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20
)
KINDS = 'application/json', 'application/x-protobuf', 'application/msgpack'


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(address=st.sampled_from(ADDRESSES), body=BODIES, escaped=st.booleans(), kind=st.sampled_from(KINDS))
def test_no_request_is_answered_with_a_failure(address: tuple[str, str], body: Any, escaped: bool, kind: str) -> None:
    # An exception would be raised here: the client passes it on.
    raw = json.dumps(body, ensure_ascii=escaped).encode('utf-8', 'surrogatepass')
    answer = CLIENT.request(*address, content=raw, headers={'Content-Type': kind})
    assert answer.status_code < 500
    if answer.headers['content-type'].startswith('application/json'):
        assert not {'NaN', 'Infinity', '-Infinity'} & constants(answer.text)


def constants(text: str) -> set[str]:
    """Return the words in an answer that are no JSON."""
    words: list[str] = []
    json.loads(text, parse_constant=words.append)
    return {*words}


STORE = Store()
CLIENT = TestClient(create_app(STORE, lambda: NOW), base_url='http://127.0.0.1', headers=KEY)
