"""Snapshots of graphs, API v1: events over them, and their status."""

import json

import pytest
from calling import NOW, Client
from datadog_sandbox.store import Series

RANGE = {'start': NOW - 3600, 'end': NOW, 'metric_query': 'avg:room.temperature{*}'}
PATH = '/api/v1/graph/snapshot'


def test_the_events_of_a_search_are_drawn_over_a_graph(api: Client) -> None:
    """The answer is that recorded by datadogpy in `test_graph_snapshot`."""
    api.store.add([(Series('room.temperature', 'a', ()), NOW - 60 * ago, 20.0) for ago in range(60)])
    body = {'title': 'opened', 'text': 'the window', 'tags': ['room:1'], 'date_happened': NOW - 1800}
    api.ask('POST', '/api/v1/events', body, 202)

    def picture(**query: str) -> bytes:
        answer = api.ask('GET', PATH, **RANGE, **query)
        assert {name: answer.get(name) for name in query} == query
        assert answer['metric_query'] == RANGE['metric_query']
        assert json.loads(answer['graph_def']) == {'requests': [{'q': 'avg:room.temperature{*}'}]}
        return api.get(answer['snapshot_url']).content

    assert picture() == picture(event_query='room:2')
    assert picture() != picture(event_query='room:1')


@pytest.mark.parametrize(
    ('query', 'error'),
    [
        ({'event_query': '(room:1'}, 'Error parsing event_query: '),
        (
            {
                'metric_query': '',
                'graph_def': '{"viz": "toplist", "requests": [{"q": "avg:a{*}"}]}',
                'event_query': '*',
            },
            "event_query is for graphs of the viz timeseries, not 'toplist'",
        ),
    ],
)
def test_a_search_for_events_that_has_no_effect_is_refused(api: Client, query: dict[str, str], error: str) -> None:
    [said] = api.errors('GET', PATH, **RANGE | query)
    assert said.startswith(error)


def test_the_status_of_a_snapshot_is_asked_for_by_the_path_of_its_address(api: Client) -> None:
    """What follows `/snapshot/view/`, as datadogpy asks; at Datadog it has several parts."""
    api.store.add([(Series('room.temperature', 'a', ()), NOW - 60, 20.0)])
    id_ = api.ask('GET', PATH, **RANGE)['snapshot_url'].rpartition('/')[2].removesuffix('.png')
    assert api.ask('GET', f'/api/v1/graph/snapshot_status/{id_}') == {'status_code': 200}
    assert api.ask('GET', f'/api/v1/graph/snapshot_status/dd-snapshots/org_1/2026-11-24/{id_}') == {'status_code': 200}
    assert api.ask('GET', '/api/v1/graph/snapshot_status/none') == {'status_code': 404}
