"""Muting monitors by the query: the client of API v1 of 2020 sent `scope`, `end`, and `all_scopes` so."""

import pytest
from calling import NOW, Client

WARM = {'type': 'metric alert', 'query': 'avg(last_5m):avg:room.temperature{*} by {host} > 30'}
MUTE, UNMUTE = '/api/v1/monitor/1/mute', '/api/v1/monitor/1/unmute'


@pytest.fixture
def warm(api: Client) -> Client:
    api.ask('POST', '/api/v1/monitor', WARM)
    return api


def test_a_scope_is_muted_until_an_end(warm: Client) -> None:
    answer = warm.ask('POST', MUTE, scope='host:a', end=NOW + 60)
    assert answer['options']['silenced'] == {'host:a': NOW + 60}
    answer = warm.ask('POST', MUTE, {'scope': 'host:b'}, end=NOW + 120)
    assert answer['options']['silenced'] == {'host:a': NOW + 60, 'host:b': NOW + 120}


def test_the_body_wins(warm: Client) -> None:
    answer = warm.ask('POST', MUTE, {'scope': 'host:b', 'end': NOW + 120}, scope='host:a', end=NOW + 60)
    assert answer['options']['silenced'] == {'host:b': NOW + 120}


def test_a_scope_is_unmuted(warm: Client) -> None:
    for scope in ('host:a', 'host:b', '*'):
        warm.ask('POST', MUTE, scope=scope)
    assert warm.ask('POST', UNMUTE, scope='host:a')['options']['silenced'] == {'host:b': None, '*': None}
    assert warm.ask('POST', UNMUTE)['options']['silenced'] == {'host:b': None}
    warm.ask('POST', MUTE, scope='host:c')
    assert warm.ask('POST', UNMUTE, all_scopes='true')['options']['silenced'] == {}


@pytest.mark.parametrize(
    ('query', 'error'),
    [
        ({'end': 'soon'}, "end must be a time in seconds, not 'soon'"),
        ({'end': NOW - 60}, 'schedule.end'),
        ({'scope': 'alone'}, 'scope'),
    ],
)
def test_a_wrong_mute_is_refused(warm: Client, query: dict[str, object], error: str) -> None:
    [said] = warm.errors('POST', MUTE, **query)
    assert said.startswith(error)
    assert warm.ask('GET', '/api/v1/downtime') == []
