"""Tries every command of `dog` for what the sandbox keeps: `python try_dog.py URL`."""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

from calls import NOW, QUERY, Calls
from datadog.dogshell import main

URL = sys.argv[1]
FOLDER = Path(tempfile.mkdtemp())
ENVIRONMENT = {'DATADOG_HOST': URL, 'DD_API_KEY': 'any', 'DD_APP_KEY': 'any', 'HOME': str(FOLDER)}
WIDGETS = json.dumps([{'definition': {'type': 'note', 'content': 'hello'}}])
calls = Calls()


def dog(*arguments: str) -> str:
    """Return what a command prints. Raises `AssertionError` with what it says when it fails."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err), patch.object(sys, 'argv', ['dog', *arguments]):
            main()
    except SystemExit as ended:
        assert not ended.code, (err.getvalue() or out.getvalue()).strip()
    return out.getvalue()


def read(*arguments: str) -> Any:
    return json.loads(dog('--raw', *arguments))


def named(mode: str, *verbs: str) -> list[str]:
    return [f'{mode}.{verb}' for verb in verbs]


def written(name: str, content: dict[str, Any]) -> str:
    path = FOLDER / name
    path.write_text(json.dumps(content))
    return str(path)


def monitors() -> None:
    with calls(*named('monitor', 'post', 'show', 'update', 'show_all', 'validate')):
        monitor = read('monitor', 'post', 'metric alert', QUERY, '--name', 'Warm', '--priority', '3')
        assert (monitor['name'], monitor['priority'], monitor['message']) == ('Warm', 3, '')
        id_ = str(monitor['id'])
        assert read('monitor', 'show', id_)['query'] == QUERY
        assert read('monitor', 'update', id_, '--name', 'Warmer')['name'] == 'Warmer'
        assert dog('monitor', 'show_all').split('\t')[:3] == [id_, '', 'Warmer']
        assert read('monitor', 'validate', 'metric alert', QUERY) == {}
        error = refusal('monitor', 'post', 'metric alert', 'wrong')
        assert "ERROR: The value provided for parameter 'query' is invalid" in error
    with calls(*named('monitor', 'fpost', 'fupdate')):
        body = {
            'type': 'metric alert',
            'query': QUERY.replace('30', '35'),
            'name': 'Hot',
            'message': 'hot',
            'options': {},
        }
        other = read('monitor', 'fpost', written('monitor.json', body))
        assert read('monitor', 'fupdate', written('monitor.json', other | {'name': 'Hotter'}))['name'] == 'Hotter'
    with calls(*named('monitor', 'mute', 'unmute')):
        dog('monitor', 'mute', id_, '--scope', 'host:a')
        assert read('monitor', 'show', id_)['options']['silenced'] == {'host:a': None}
        assert read('monitor', 'unmute', id_, '--all_scopes')['options']['silenced'] == {}
    with calls(*named('monitor', 'mute_all', 'unmute_all')):
        assert read('monitor', 'mute_all')['scope'] == ['*']
        dog('monitor', 'unmute_all')
        assert read('downtime', 'show_all', '--current_only', 'true') == []
    with calls(*named('monitor', 'can_delete', 'delete')):
        assert read('monitor', 'can_delete', id_) == {'data': {'ok': [monitor['id']]}, 'errors': None}
        dog('monitor', 'delete', id_)
        assert 'Monitor not found' in refusal('monitor', 'show', id_)


def data() -> None:
    with calls(*named('metric', 'post'), 'search.query'):
        dog('metric', 'post', 'room.temperature', '21.5', '--host', 'a', '--tags', 'room:1')
        assert 'room.temperature' in dog('search', 'query', 'room')
    with calls(*named('hosts', 'list', 'totals')):
        assert [host['name'] for host in read('hosts', 'list')['host_list']] == ['a']
        assert read('hosts', 'totals')['total_up'] == 1
    with calls(*named('host', 'mute', 'unmute')):
        assert read('host', 'mute', 'a', '--message', 'repairs')['action'] == 'Muted'
        assert read('host', 'unmute', 'a')['action'] == 'Unmuted'
    with calls(*named('service_check', 'check')):
        assert read('service_check', 'check', 'door.shut', 'a', '0', '--tags', 'room:1') == {'status': 'ok'}
    with calls(*named('event', 'post', 'show', 'stream')):
        event = read('event', 'post', 'Opened', 'a window', '--tags', 'room:1')['event']
        assert 'a window' in dog('event', 'show', str(event['id']))
        streamed = read('event', 'stream', '5m', '--tags', 'room:1')['events']
        assert [each['id'] for each in streamed] == [event['id']]
    with calls(*named('tag', 'add', 'replace', 'show', 'detach')):
        assert 'floor:2' in dog('tag', 'add', 'a', 'floor:2').split()
        assert dog('tag', 'replace', 'a', 'floor:3').split() == ['floor:3']
        assert 'floor:3' in dog('tag', 'show', 'a').split()
        assert 'floor:3\ta' in dog('tag', 'show', 'all').splitlines()
        dog('tag', 'detach', 'a')
        assert 'floor:3' not in dog('tag', 'show', 'a').split()


def downtimes() -> None:
    with calls(*named('downtime', 'post', 'show', 'show_all', 'update', 'delete')):
        downtime = read('downtime', 'post', 'env:lab', str(NOW + 3600), '--message', 'repairs')
        id_ = str(downtime['id'])
        assert read('downtime', 'show', id_)['message'] == 'repairs'
        assert downtime['id'] in [each['id'] for each in read('downtime', 'show_all')]
        assert read('downtime', 'update', id_, '--message', 'later')['message'] == 'later'
        dog('downtime', 'delete', id_)
        assert read('downtime', 'show', id_)['canceled'] >= NOW
    with calls('downtime.cancel_by_scope'):
        other = read('downtime', 'post', 'env:attic', str(NOW + 3600))
        assert read('downtime', 'cancel_by_scope', 'env:attic') == {'cancelled_ids': [other['id']]}


def dashboards() -> str:
    with calls(*named('dashboard', 'post', 'show', 'update', 'delete')):
        dashboard = read('dashboard', 'post', 'Rooms', WIDGETS, 'ordered')
        assert read('dashboard', 'show', dashboard['id']) == dashboard
        assert read('dashboard', 'update', dashboard['id'], 'Other', WIDGETS, 'ordered')['title'] == 'Other'
        dog('dashboard', 'delete', dashboard['id'])
        assert 'not found' in refusal('dashboard', 'show', dashboard['id'])
    return str(read('dashboard', 'post', 'Rooms', WIDGETS, 'ordered')['id'])


def dashboard_lists() -> None:
    items = json.dumps([{'type': 'custom_timeboard', 'id': dashboards()}])
    with calls(*named('dashboard_list', 'post', 'show', 'show_all', 'update')):
        id_ = str(read('dashboard_list', 'post', 'Ours')['id'])
        assert read('dashboard_list', 'update', id_, 'Theirs')['name'] == 'Theirs'
        assert read('dashboard_list', 'show', id_)['name'] == 'Theirs'
        assert [each['name'] for each in read('dashboard_list', 'show_all')['dashboard_lists']] == ['Theirs']
    for end in ('', '_v2'):
        verbs = [f'{verb}_dashboards{end}' for verb in ('add', 'show', 'update', 'delete')]
        with calls(*named('dashboard_list', *verbs)):
            dog('dashboard_list', verbs[0], id_, items)
            assert [each['title'] for each in read('dashboard_list', verbs[1], id_)['dashboards']] == ['Rooms']
            dog('dashboard_list', verbs[2], id_, items)
            dog('dashboard_list', verbs[3], id_, items)
            assert read('dashboard_list', verbs[1], id_)['dashboards'] == []
    with calls('dashboard_list.delete'):
        assert read('dashboard_list', 'delete', id_) == {'deleted_dashboard_list_id': int(id_)}


def objectives() -> None:
    mode = 'service_level_objective'
    queries = ['--numerator', 'sum:door.good{*}.as_count()', '--denominator', 'sum:door.all{*}.as_count()']
    body = ['--name', 'Doors', '--thresholds', '7d:99,30d:98', *queries]
    with calls(*named(mode, 'create', 'show_all', 'update')):
        id_ = read(mode, 'create', '--type', 'metric', *body)['data'][0]['id']
        [slo] = read(mode, 'show_all')['data']
        assert (slo['id'], slo['name']) == (id_, 'Doors')
        changed = read(
            mode, 'update', id_, '--type', 'metric', *['Gates' if word == 'Doors' else word for word in body]
        )
        assert changed['data'][0]['name'] == 'Gates'
    with calls(*named(mode, 'fcreate')):
        new = {key: slo[key] for key in ('type', 'query', 'thresholds')} | {'name': 'Windows'}
        other = read(mode, 'fcreate', written('slo.json', new))['data'][0]
        assert other['name'] == 'Windows'
    with calls.faulty(f'{mode}.fupdate', "multiple values for argument 'id'", 'sends the id twice'):
        dog(mode, 'fupdate', written('slo.json', new | {'id': other['id']}))
    with calls.faulty(f'{mode}.show', "no attribute 'string_ids'", 'looks for an option that it does not have'):
        dog(mode, 'show', id_)
    failing = 'fails wherever an answer has `errors`, even where there are none'
    with calls.faulty(f'{mode}.can_delete', 'ERROR: None', failing):
        dog(mode, 'can_delete', id_)
    with calls.faulty(f'{mode}.history', 'ERROR: None', failing):
        for metric, value in (('door.good', '3'), ('door.all', '4')):
            dog('metric', 'post', metric, value, '--type', 'count')
        dog(mode, 'history', id_, str(NOW - 86_400), str(NOW + 60))
    for verb, arguments in (('delete_many_timeframe', (id_, '7d')), ('delete_many', (id_,))):
        with calls.faulty(f'{mode}.{verb}', 'set is not JSON serializable', 'sends a set, which JSON does not have'):
            dog(mode, verb, *arguments)
    with calls(*named(mode, 'delete')):
        assert read(mode, 'delete', id_)['data'] == [id_]


def what_is_not_kept() -> None:
    calls.refused('comment.post', dog, 'comment', 'post', 'a@example.com', 'hello')
    calls.refused('timeboard.show_all', dog, 'timeboard', 'show_all')
    calls.refused('screenboard.show', dog, 'screenboard', 'show', '1')
    calls.refused('security-monitoring.rules', dog, 'security-monitoring', 'rules', 'list')
    calls.refused('security-monitoring.signals', dog, 'security-monitoring', 'signals', 'list')


def commands() -> None:
    """The commands themselves, as a shell starts them."""

    def run(name: str, *arguments: str) -> str:
        command = [str(Path(sys.executable).with_name(name)), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    with calls('dogwrap'):
        run('dogwrap', '--name', 'a job', '--api_key', 'any', '--site', URL, '--submit_mode', 'all', 'true')
        titles = [each['title'] for each in json.loads(run('dog', '--raw', 'event', 'stream', '5m'))['events']]
        assert any('a job' in title for title in titles), titles


def refusal(*arguments: str) -> str:
    """Return what a command says when it fails, as it must."""
    try:
        said = dog(*arguments)
    except AssertionError as error:
        return str(error)
    raise ValueError(f'{arguments} did not fail: {said}')


def existing() -> list[str]:
    """Return every command of `dog`, as its parser has them."""
    parsers: list[argparse.ArgumentParser] = []

    def parse(parser: argparse.ArgumentParser) -> None:
        parsers.append(parser)
        raise SystemExit

    with patch.object(argparse.ArgumentParser, 'parse_args', parse), suppress(SystemExit):
        main()
    return [f'{mode}.{verb}' for mode, parser in choices(parsers[0]).items() for verb in choices(parser)]


def choices(parser: argparse.ArgumentParser) -> dict[str, Any]:
    [action] = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return action.choices


if __name__ == '__main__':
    os.environ.update(ENVIRONMENT)
    for part in (data, monitors, downtimes, dashboard_lists, objectives, what_is_not_kept, commands):
        with calls():
            part()
    calls.print(version=version('datadog'), existing=existing())
