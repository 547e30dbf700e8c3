"""What counts as drift: each hand-edit of what we specify, and nothing that the server adds or writes its own way."""

from collections.abc import Callable
from typing import Any

import pytest
from conftest import EMAIL, Account, Run
from custom_check_publish.drift import Difference, differences

QUERY = 'avg(last_5m):avg:my_metric{*} by {host} > 800'
LINE = {'type': 'timeseries', 'title': 'Mine', 'requests': [{'q': 'avg:system.load.1{*}'}]}


def board(account: Account) -> Any:
    return account.one('custom_check_timeboard')


def monitor(account: Account) -> Any:
    return account.one('my_metric_threshold')


def weeknights(account: Account) -> Any:
    return account.one('weeknights')


def definition(account: Account, widget: int) -> Any:
    return board(account)['widgets'][widget]['definition']


EDITS: list[tuple[str, Callable[[Account], object], list[tuple[str, Any, Any]]]] = [
    ('title', lambda it: board(it).update(title='Mine'), [('title', 'Mine', 'Custom Check Timeboard')]),
    (
        'notify list, one more',
        lambda it: board(it).update(notify_list=['me@example.com', EMAIL]),
        [('notify_list', ['me@example.com', EMAIL], [EMAIL])],
    ),
    ('notify list, none', lambda it: board(it).update(notify_list=None), [('notify_list', None, [EMAIL])]),
    (
        'widget retitled',
        lambda it: definition(it, 2).update(title='Mine'),
        [('widgets[2].definition.title', 'Mine', 'my_metric: sum of each hour')],
    ),
    (
        'widget added in front',
        lambda it: board(it)['widgets'].insert(0, {'definition': LINE, 'id': 1}),
        [('widgets[0]', {'definition': LINE, 'id': 1}, None)],
    ),
    (
        'widget query',
        lambda it: definition(it, 0)['requests'][0]['queries'][0].update(query='avg:my_metric{host:a}'),
        [('widgets[0].definition.requests[0].queries[0].query', 'avg:my_metric{host:a}', 'avg:my_metric{$host}')],
    ),
    (
        'widget marker',
        lambda it: definition(it, 0).update(markers=[{'value': 'y = 800'}]),
        [('widgets[0].definition.markers', [{'value': 'y = 800'}], None)],
    ),
    (
        'template variable',
        lambda it: board(it)['template_variables'][0].update(defaults=['web-1']),
        [('template_variables[0].defaults[0]', 'web-1', '*')],
    ),
    (
        'threshold',
        lambda it: monitor(it)['options']['thresholds'].update(critical=900.0),
        [('options.thresholds.critical', 900.0, 800)],
    ),
    (
        'threshold taken away',
        lambda it: monitor(it)['options']['thresholds'].pop('warning'),
        [('options.thresholds.warning', None, 500)],
    ),
    (
        'threshold at 0',
        lambda it: monitor(it)['options']['thresholds'].update(warning=0.0),
        [('options.thresholds.warning', 0.0, 500)],
    ),
    (
        'threshold added',
        lambda it: monitor(it)['options']['thresholds'].update(critical_recovery=700.0),
        [('options.thresholds.critical_recovery', 700.0, None)],
    ),
    (
        'query',
        lambda it: monitor(it).update(query=QUERY.replace('800', '900')),
        [('query', QUERY.replace('800', '900'), QUERY)],
    ),
    (
        'no data switched off',
        lambda it: monitor(it)['options'].update(notify_no_data=False),
        [('options.notify_no_data', False, True)],
    ),
    (
        'renotify',
        lambda it: monitor(it)['options'].update(renotify_interval=60),
        [('options.renotify_interval', 60, 0)],
    ),
    (
        'escalation message',
        lambda it: monitor(it)['options'].update(escalation_message='@me@example.com'),
        [('options.escalation_message', '@me@example.com', None)],
    ),
    ('priority', lambda it: monitor(it).update(priority=1), [('priority', 1, None)]),
    ('scope', lambda it: weeknights(it).update(scope='env:prod'), [('scope', 'env:prod', '*')]),
    (
        'duration',
        lambda it: weeknights(it)['schedule']['recurrences'][0].update(duration='13h'),
        [('schedule.recurrences[0].duration', '13h', '14h')],
    ),
    (
        'days',
        lambda it: weeknights(it)['schedule']['recurrences'][0].update(rrule='FREQ=WEEKLY;BYDAY=MO,TU,WE,TH'),
        [
            (
                'schedule.recurrences[0].rrule',
                'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH',
                'FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR',
            )
        ],
    ),
    (
        'notifications',
        lambda it: weeknights(it).update(notify_end_types=['canceled', 'expired']),
        [('notify_end_types', ['canceled', 'expired'], ['expired'])],
    ),
]


@pytest.mark.parametrize(('edit', 'expected'), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS])
def test_a_hand_edit_is_drift_that_apply_sets_right(
    run: Run,
    applied: Account,
    edit: Callable[[Account], object],
    expected: list[tuple[str, Any, Any]],
) -> None:
    edit(applied)
    result = run('plan', '--json', '--detailed-exitcode')
    assert result.code == 2
    changed = [change for change in result.json['changes'] if change['action'] != 'keep']
    assert [change['action'] for change in changed] == ['change']
    found = [(one['field'], one['old'], one['new']) for one in changed[0]['differences']]
    assert found == expected

    assert run('apply', '--yes').code == 0
    assert len(applied.writes) == 1
    assert run('plan', '--detailed-exitcode').code == 0


def test_an_added_tag_is_drift_as_tags_decide_what_is_silenced(run: Run, applied: Account) -> None:
    monitor(applied)['tags'].append('team:web')
    result = run('plan', '--json')
    (change,) = [change for change in result.json['changes'] if change['action'] == 'change']
    assert [difference['field'] for difference in change['differences']] == ['tags']
    assert 'team:web' in change['differences'][0]['old']
    run('apply', '--yes')
    assert 'team:web' not in monitor(applied)['tags']


def test_an_edited_message_shows_the_lines_that_differ(run: Run, applied: Account) -> None:
    live = monitor(applied)
    live['message'] = live['message'].replace('is too high on', 'is HIGH on')
    out = run('plan').out
    assert '        - `my_metric` is HIGH on {{host.name}}' in out
    assert '        + `my_metric` is too high on {{host.name}}' in out
    assert '{{#is_no_data}}' not in out


@pytest.mark.parametrize('start', ['2031-01-06T19:00:00', '2026-01-05T20:00:00'])
def test_a_start_that_leaves_nights_out_or_at_another_time_is_drift(run: Run, applied: Account, start: str) -> None:
    weeknights(applied)['schedule']['recurrences'][0]['start'] = start
    result = run('plan', '--json')
    (change,) = [change for change in result.json['changes'] if change['action'] == 'change']
    (difference,) = change['differences']
    assert (difference['field'], difference['old']) == ('schedule.recurrences[0].start', start)
    run('apply', '--yes')
    assert run('plan', '--detailed-exitcode').code == 0


@pytest.mark.parametrize(
    ('wanted', 'live'),
    [
        ({'a': 800}, {'a': 800.0, 'id': 1, 'modified': 'now'}),
        ({'a': None}, {}),
        ({'a': []}, {'a': None}),
        ({'a': False}, {}),
        ({'a': ''}, {'a': None}),
        ({'renotify_interval': 0}, {'renotify_interval': None}),
        ({'timeout_h': None}, {'timeout_h': 0}),
        ({'tags': ['b', 'A']}, {'tags': ['a', 'b']}),
        ({'message': 'a\nb'}, {'message': 'a\r\nb\n'}),
        ({'query': 'avg(last_5m):avg:m{*} by {host} > 800'}, {'query': 'avg(last_5m): avg:m{*} by {host}  > 800.0'}),
        ({'type': 'metric alert'}, {'type': 'query alert'}),
        ({'rrule': 'FREQ=WEEKLY;INTERVAL=1;BYDAY=SA,SU'}, {'rrule': 'RRULE:BYDAY=SU,SA;FREQ=WEEKLY;WKST=MO'}),
        ({'duration': '24h'}, {'duration': '1d'}),
        ({'start': '2026-11-24T19:00'}, {'start': '2026-11-17T19:00:00'}),
        ({'start': '2026-11-24T19:00'}, {'start': '2026-11-24T19:00:00'}),
    ],
)
def test_the_same_in_other_words_is_no_drift(wanted: dict[str, Any], live: dict[str, Any]) -> None:
    assert list(differences(wanted, live)) == []


@pytest.mark.parametrize(
    ('wanted', 'live', 'path'),
    [
        ({'warning': None}, {'warning': 0}, 'warning'),
        ({'a': True}, {'a': 1}, 'a'),
        ({'a': False}, {'a': 0}, 'a'),
        ({'a': {'b': 1}}, {'a': None}, 'a'),
        ({'a': [1, 2, 3]}, {'a': [1, 3]}, 'a[1]'),
        ({'query': 'avg:m{a} > 1.05'}, {'query': 'avg:m{a} > 1.5'}, 'query'),
        ({'query': 'avg:m{a b}'}, {'query': 'avg:m{ab}'}, 'query'),
        ({'duration': '14h'}, {'duration': '14d'}, 'duration'),
    ],
)
def test_other_words_are_not_all_the_same(wanted: dict[str, Any], live: dict[str, Any], path: str) -> None:
    assert [difference.path for difference in differences(wanted, live)] == [path]


def test_a_removed_widget_shows_as_itself() -> None:
    wanted, live = {'widgets': [{'t': 1}, {'t': 2}, {'t': 3}]}, {'widgets': [{'t': 1, 'id': 7}, {'t': 3, 'id': 9}]}
    assert list(differences(wanted, live)) == [Difference(('widgets', 1), None, {'t': 2})]
