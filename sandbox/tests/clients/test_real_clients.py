"""Datadog's own clients, and others' ones, each against a `datadog-sandbox serve` of its own."""

import pytest
import tables
from tables import CLIENTS, DOCUMENT, NODE_CLIENTS, PYTHON_CLIENTS, Client, Outcomes


def check(name: str) -> None:
    outcomes = tables.tried(CLIENTS[name])
    assert outcomes.failing == {}
    assert outcomes.untried == []
    written = tables.section(name, CLIENTS[name], outcomes)
    assert written in DOCUMENT.read_text(encoding='utf-8'), f'write it: python {tables.__file__} {name}'


@pytest.mark.parametrize('name', PYTHON_CLIENTS)
def test_what_a_client_can_do_is_documented(name: str) -> None:
    check(name)


@pytest.mark.node
@pytest.mark.parametrize('name', NODE_CLIENTS)
def test_what_a_client_for_node_can_do_is_documented(name: str) -> None:
    check(name)


def test_outcomes_are_told_apart() -> None:
    outcomes = Outcomes(
        '1.0',
        {
            'Host.get': '',
            'Host.mute': 'ApiError: POST /api/v1/host/a/mute is not served by the sandbox',
            'Host.show': 'client: sends the id twice',
            'Host.list': 'AssertionError: 2',
            'Logs.list': 'ApiError: GET /api/v1/logs is not served by the sandbox',
        },
        ['Host.get', 'Host.totals', 'Logs.create'],
    )
    assert outcomes.failing == {'Host.list': 'AssertionError: 2'}
    assert outcomes.untried == ['Host.totals']
    written = tables.section('x', Client('X', ()), outcomes)
    assert 'Version 1.0: 1 calls work.' in written
    assert '| `Host` | `get` | `mute`: not served; `show`: sends the id twice |' in written
    assert 'Not served: `Logs`.' in written
    begin, end = tables.marks('x')
    assert tables.written_into(f'a {begin} old {end} b', 'x', written) == f'a {written} b'
    with pytest.raises(ValueError, match='no marks of y'):
        tables.written_into(begin, 'y', '')
