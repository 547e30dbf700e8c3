"""The snapshot of a widget and the event that mails it."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import EMAIL, Account, Result, Run, add_widget, edit
from faults import Fault

TITLES = {
    1: 'my_metric: average over the chosen host',
    2: 'MySQL open files and their expected band (empty without the MySQL integration)',
    3: 'my_metric: sum of each hour',
}
STYLE = {'palette': 'dog_classic', 'line_type': 'solid', 'line_width': 'normal'}
EVENTS, SNAPSHOT, PICTURE = '/api/v1/events', '/api/v1/graph/snapshot', '/snapshot/view/.*'


@pytest.fixture
def snap(run: Run, folder: Path) -> Run:
    def snap(*arguments: str) -> Result:
        return run('snapshot', '--assets', str(folder), '--email', EMAIL, *arguments)

    return snap


def asked(account: Account) -> dict[str, str]:
    (request,) = account.calls('GET', '/api/v1/graph/snapshot')
    return request.query


@pytest.mark.parametrize(
    ('widget', 'query', 'type_'),
    [
        (1, 'avg:my_metric{*}', 'line'),
        (2, "anomalies(avg:mysql.performance.open_files{*}, 'basic', 2)", 'line'),
        (3, 'sum:my_metric{*}.rollup(sum, 3600)', 'bars'),
    ],
)
def test_the_graph_is_the_widgets_own_over_the_last_hour(
    snap: Run, account: Account, widget: int, query: str, type_: str
) -> None:
    result = snap('--widget', str(widget))
    assert (result.code, result.err) == (0, '')
    sent = asked(account)
    assert json.loads(sent['graph_def']) == {
        'viz': 'timeseries',
        'requests': [{'q': query, 'type': type_, 'style': STYLE}],
    }
    assert int(sent['end']) - int(sent['start']) == 3600
    assert sent['title'] == TITLES[widget]


def test_the_event_shows_the_picture_and_mentions_the_address(snap: Run, account: Account) -> None:
    result = snap('--widget', '2', '--email', 'me@example.com')
    (event,) = account.events
    (picture,) = account.calls('GET', PICTURE)
    url = f'{account.url}{picture.path}'
    assert {'dd-api-key', 'dd-application-key'} & set(picture.headers) == set()
    assert event['title'] == f'Custom Check Timeboard: {TITLES[2]}'
    assert event['text'] == (
        f'%%% \n@{EMAIL} @me@example.com\n\n**{TITLES[2]}**, the last hour:\n\n![{TITLES[2]}]({url})\n\n'
        f'[Picture]({url})\n %%%'
    )
    assert event['tags'][:2] == ['integration:custom_check', 'managed_by:custom-check-publish']
    (sent,) = account.calls('POST', EVENTS)
    assert (sent.body['alert_type'], sent.body['priority']) == ('info', 'normal')
    assert abs(sent.body['date_happened'] - time.time()) < 60
    assert result.out == (
        f'Snapshot of widget 2, "{TITLES[2]}", the last hour:\n'
        f'    {url}\n'
        f'Event {event["id"]} mails it to {EMAIL}, me@example.com.\n'
    )


def test_of_several_dashboards_none_is_guessed(snap: Run, account: Account, folder: Path) -> None:
    shutil.copy(folder / 'dashboards/custom_check_timeboard.json', folder / 'dashboards/another.json')
    result = snap('--widget', '1')
    assert (result.code, account.requests) == (2, [])
    assert (
        "Invalid value for '--assets': the folder has several dashboards (another, custom_check_timeboard)."
        in result.err
    )


@pytest.mark.parametrize(
    ('status', 'type_'), [(302, 'image/png'), (404, 'text/html'), (404, 'image/png'), (200, 'text/html')]
)
def test_the_picture_is_waited_for(snap: Run, account: Account, waits: list[float], status: int, type_: str) -> None:
    # Nothing else is asked in its place.
    headers = {'Content-Type': type_, 'Location': '/snapshot/view/another'}
    account.faults.append(Fault('GET', PICTURE, status, headers=headers, times=3))
    result = snap('--widget', '1', '--json')
    assert result.code == 0
    assert 'Warning' not in result.err
    assert (waits, len(account.calls('GET', PICTURE))) == ([2, 2, 2], 4)
    event = account.events[0]
    assert result.json == {
        'command': 'snapshot',
        'widget': 1,
        'title': TITLES[1],
        'snapshot_url': f'{account.url}{account.calls("GET", PICTURE)[-1].path}',
        'ready': True,
        'event': {'id': event['id'], 'url': f'{account.url}/event/event?id={event["id"]}'},
        'emails': [EMAIL],
    }


def test_a_picture_that_does_not_come_is_mailed_with_a_warning(snap: Run, account: Account, waits: list[float]) -> None:
    account.faults.append(Fault('GET', PICTURE, 404, times=99))
    result = snap('--widget', '1', '--json')
    assert (result.code, sum(waits)) == (0, 30)
    assert 'The picture could not be seen from here yet.' in result.err
    assert result.json['ready'] is False
    assert len(account.events) == 1


@pytest.mark.parametrize('url', ['http://127.0.0.1:1/x.png', 'not a url', 'http://[', 'ftp://host/x.png'])
def test_a_picture_out_of_reach_is_not_waited_for(snap: Run, account: Account, waits: list[float], url: str) -> None:
    account.faults.append(Fault('GET', SNAPSHOT, change=lambda _: {'snapshot_url': url}))
    assert snap('--widget', '1').code == 0
    assert waits == []
    assert len(account.events) == 1


def test_a_picture_whose_host_hangs_up_is_not_waited_for(snap: Run, account: Account, waits: list[float]) -> None:
    account.faults.append(Fault('GET', PICTURE))
    assert snap('--widget', '1').code == 0
    assert (waits, len(account.calls('GET', PICTURE)), len(account.events)) == ([], 1, 1)


def test_the_head_of_a_picture_is_enough(snap: Run, account: Account) -> None:
    headers = {'Content-Type': 'image/png'}
    account.faults.append(Fault('GET', PICTURE, 200, headers=headers, body=b'x' * 60, byte_every=0.1))
    began = time.monotonic()
    assert snap('--widget', '1', '--json').json['ready'] is True
    assert time.monotonic() - began < 5


def test_a_picture_that_drips_is_not_waited_for(
    snap: Run, account: Account, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(*_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr('custom_check_publish.snapshot.within', too_long)
    result = snap('--widget', '1')
    assert (result.code, waits, len(account.events)) == (0, [], 1)
    assert 'The picture could not be seen from here yet.' in result.err


def test_an_answer_without_a_picture_is_an_error(snap: Run, account: Account) -> None:
    account.faults.append(Fault('GET', SNAPSHOT, change=lambda _: {'metric_query': 'x'}))
    result = snap('--widget', '1')
    assert (result.code, account.events) == (1, [])
    assert 'to "get graph snapshot" is not as documented: {"metric_query": "x"}' in result.err


@pytest.mark.parametrize('status', [None, 500])
def test_a_lost_answer_does_not_mail_twice(snap: Run, account: Account, status: int | None) -> None:
    account.faults.append(Fault('POST', EVENTS, status, after=True))
    # A server may find more than was asked for.
    more = [{'id': 1, 'tags': None}, {'id': 2, 'tags': ['x']}]
    account.faults.append(Fault('GET', EVENTS, change=lambda it: {'events': [*more, *it['events']]}))
    result = snap('--widget', '1')
    assert result.code == 0
    assert len(account.events) == len(account.calls('POST', EVENTS)) == 1
    (event,) = account.events
    assert f'Event {event["id"]} mails it' in result.out
    # It was looked for by the tag that no other event has, around the time of the mail.
    (asked,) = account.calls('GET', EVENTS)
    assert (asked.query['tags'], asked.query['unaggregated']) == (event['tags'][2], 'true')
    assert int(asked.query['start']) < event['date_happened'] < int(asked.query['end'])


@pytest.mark.parametrize('event', [None, {}, {'id': 'x'}, {'id': 1, 'tags': 'x'}])
def test_an_odd_answer_to_the_event_is_looked_up_and_not_sent_again(snap: Run, account: Account, event: Any) -> None:
    account.faults.append(Fault('POST', EVENTS, change=lambda _: {'event': event}))
    assert snap('--widget', '1').code == 0
    assert len(account.events) == len(account.calls('POST', EVENTS)) == len(account.calls('GET', EVENTS)) == 1


def test_an_event_may_come_without_its_tags(snap: Run, account: Account) -> None:
    account.faults.append(Fault('POST', EVENTS, change=lambda it: {'event': it['event'] | {'tags': None}}))
    assert snap('--widget', '1').code == 0
    assert account.calls('GET', EVENTS) == []


@pytest.mark.parametrize('events', [None, [{}], [{'id': 'x'}]])
def test_an_odd_list_of_events_is_never_one_without_ours(snap: Run, account: Account, events: Any) -> None:
    account.faults += [
        Fault('POST', EVENTS, 500, after=True),
        Fault('GET', EVENTS, change=lambda _: {'events': events}),
    ]
    result = snap('--widget', '1')
    assert (result.code, len(account.events), len(account.calls('POST', EVENTS))) == (1, 1, 1)
    assert 'to "list events" is not as documented: ' in result.err


def test_an_event_that_never_arrived_is_sent_again(snap: Run, account: Account) -> None:
    account.faults.append(Fault('POST', EVENTS, 503))
    assert snap('--widget', '1').code == 0
    assert len(account.events) == 1


@pytest.mark.parametrize(
    ('variable', 'scope'),
    [
        ({'name': 'host', 'prefix': 'host', 'defaults': ['*']}, '*'),
        ({'name': 'host', 'prefix': 'host', 'defaults': ['web-1']}, 'host:web-1'),
        ({'name': 'host', 'prefix': 'host', 'defaults': ['a', 'b']}, '(host:a OR host:b)'),
        ({'name': 'host', 'prefix': 'host', 'default': 'web-1'}, 'host:web-1'),
        ({'name': 'host', 'prefix': None, 'defaults': ['env:prod']}, 'env:prod'),
        ({'name': 'host'}, '*'),
    ],
)
def test_a_template_variable_becomes_its_default(
    snap: Run, account: Account, folder: Path, variable: dict[str, Any], scope: str
) -> None:
    other = {'name': 'ho', 'prefix': 'x', 'defaults': ['y']}
    edit(folder / 'dashboards/custom_check_timeboard.json', lambda it: it.update(template_variables=[other, variable]))
    snap('--widget', '1')
    assert json.loads(asked(account)['graph_def'])['requests'][0]['q'] == f'avg:my_metric{{{scope}}}'


def test_a_classic_query_and_several_formulas(snap: Run, account: Account, folder: Path) -> None:
    queries = [
        {'data_source': 'metrics', 'name': name, 'query': f'avg:{name}.x{{$host.value}}'} for name in ('a', 'ab')
    ]
    requests = [
        {'q': 'avg:y{$host}'},
        {'queries': queries, 'formulas': [{'formula': 'a / ab'}, {'formula': 'ab'}], 'response_format': 'timeseries'},
        {'queries': queries, 'response_format': 'timeseries'},
        {'queries': queries[:1], 'formulas': [], 'response_format': 'timeseries'},
    ]
    edit(
        folder / 'dashboards/custom_check_timeboard.json',
        lambda it: it['widgets'][0]['definition'].update(requests=requests),
    )
    assert snap('--widget', '1').code == 0
    sent = json.loads(asked(account)['graph_def'])['requests']
    a, ab = 'avg:a.x{*}', 'avg:ab.x{*}'
    assert [request['q'] for request in sent] == ['avg:y{*}', f'{a} / {ab}', ab, a, ab, a]


@pytest.mark.parametrize('widget', ['0', '5', '-1', 'two'])
def test_an_unknown_widget_names_the_known_ones(snap: Run, account: Account, widget: str) -> None:
    result = snap('--widget', widget)
    assert (result.code, account.requests) == (2, [])
    assert "Invalid value for '--widget': " in result.err
    assert widget in result.err
    if widget != 'two':
        assert '; '.join(f'{number} "{title}"' for number, title in TITLES.items()) in result.err


LOGS = {'data_source': 'logs', 'name': 'a', 'compute': {'aggregation': 'count'}}
METRIC = {'data_source': 'metrics', 'name': 'b', 'query': 'avg:x{*}'}
FORMULAS = [{'formula': 'a'}, {'formula': 'b'}]
SERIES = 'timeseries'


@pytest.mark.parametrize(
    'definition',
    [
        {'type': 'note', 'content': 'x'},
        {'type': 'hostmap', 'requests': {'fill': {'q': 'avg:x{*}'}}},
        {'type': SERIES, 'requests': [{'queries': [LOGS], 'formulas': FORMULAS[:1], 'response_format': SERIES}]},
        {'type': SERIES, 'requests': [{'queries': [LOGS, METRIC], 'formulas': FORMULAS, 'response_format': SERIES}]},
        {'type': SERIES, 'requests': [{'log_query': {'index': '*', 'compute': {'aggregation': 'count'}}}]},
        {'type': SERIES, 'requests': [{'queries': [], 'formulas': FORMULAS, 'response_format': SERIES}]},
    ],
)
def test_a_widget_that_is_no_graph_of_metrics_is_refused(
    snap: Run, account: Account, folder: Path, definition: dict[str, Any]
) -> None:
    add_widget(folder, definition)
    result = snap('--widget', '5')
    assert (result.code, account.requests) == (2, [])
    assert f'widget 5 "{definition["type"]}" is not a graph of metrics.' in result.err


def test_a_timeboard_without_variables_is_fine(snap: Run, account: Account, folder: Path) -> None:
    def leave_out(board: Any) -> None:
        board['template_variables'] = None
        board['widgets'][0]['definition']['requests'] = [{'q': 'avg:y{*}'}]

    edit(folder / 'dashboards/custom_check_timeboard.json', leave_out)
    assert snap('--widget', '1').code == 0
    assert json.loads(asked(account)['graph_def'])['requests'] == [{'q': 'avg:y{*}', 'type': 'line', 'style': {}}]
