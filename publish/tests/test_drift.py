"""What counts as drift: each hand-edit of what we specify, and nothing that the server adds or writes its own way."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import EMAIL, Account, Run, add_widget, edit
from custom_check_publish import assets
from custom_check_publish.drift import Difference, differences, drift, unknown
from custom_check_publish.publication import Publication
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor
from faults import Fault

QUERY = 'avg(last_5m):avg:my_metric{*} by {host} > 800'
LINE = {'type': 'timeseries', 'title': 'Mine', 'requests': [{'q': 'avg:system.load.1{*}'}]}


def board(account: Account) -> Any:
    return account.one('custom_check_timeboard')


def monitor(account: Account) -> Any:
    return account.one('my_metric_threshold')


def weeknights(account: Account) -> Any:
    return account.one('weeknights')


def silence(account: Account, times: int) -> None:
    """Show the monitor silenced in the first answers, two for each look. The sandbox itself knows only downtimes."""

    def silenced(answer: Any) -> Any:
        for one in answer:
            if 'custom_check_asset:my_metric_threshold' in one['tags']:
                one['options']['silenced'] = {'*': None}
        return answer

    account.faults.append(Fault('GET', '/api/v1/monitor', change=silenced, times=times))


NOTHING: Any = None
# By the descriptions in the API's documents.
UNORDERED = [
    'monitor_tags', 'notify_by', 'notify_end_states', 'notify_end_types', 'notify_list', 'renotify_statuses',
    'restricted_roles', 'tags',
]  # fmt: skip
ZERO_IS_UNSET = [
    'evaluation_delay', 'min_failure_duration', 'new_group_delay', 'renotify_interval', 'renotify_occurrences',
    'timeout_h',
]  # fmt: skip


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
    ('option silenced', lambda it: silence(it, 4), [('options.silenced', {'*': None}, None)]),
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
    *(
        (
            f'option {name}',
            lambda it, name=name, value=value: monitor(it)['options'].update({name: value}),
            [(f'options.{name}', value, new)],
        )
        for name, value, new in [
            ('notify_by', ['*'], None),
            ('notification_preset_name', 'hide_all', 'show_all'),
            ('scheduling_options', {'evaluation_window': {'day_starts': '04:00'}}, None),
            ('threshold_windows', {'recovery_window': 'last_15m', 'trigger_window': 'last_15m'}, None),
            ('on_missing_data', 'resolve', 'default'),
            ('evaluation_delay', 900, None),
            ('timeout_h', 1, None),
            ('renotify_statuses', ['alert'], None),
            ('new_host_delay', 0, 300),
            ('locked', True, None),
        ]
    ),
    ('draft', lambda it: monitor(it).update(draft_status='draft'), [('draft_status', 'draft', 'published')]),
    ('roles', lambda it: monitor(it).update(restricted_roles=['r']), [('restricted_roles', ['r'], None)]),
    (
        'first recovery',
        lambda it: weeknights(it).update(mute_first_recovery_notification=True),
        [('mute_first_recovery_notification', True, None)],
    ),
    *(
        (f'dashboard {name}', lambda it, name=name, value=value: board(it).update({name: value}), [(name, value, new)])
        for name, value, new in [
            ('tags', ['team:web'], NOTHING),
            ('default_timeframe', {'type': 'live', 'unit': 'day', 'value': 1}, None),
            ('tabs', [{'name': 'x', 'widget_ids': [1]}], None),
            ('template_variable_presets', [{'name': 'x'}], None),
            ('restricted_roles', ['r'], []),
        ]
    ),
    *(
        (
            f'widget {name}',
            lambda it, name=name, value=value: definition(it, 0).update({name: value}),
            [(f'widgets[0].definition.{name}', value, None)],
        )
        for name, value in [
            ('time', {'live_span': '1h'}),
            ('yaxis', {'min': '0', 'max': '10'}),
            ('events', [{'q': 'x'}]),
            ('custom_links', [{'label': 'x', 'link': 'https://example.com'}]),
        ]
    ),
    *(
        (
            f'request {part}.{name}',
            lambda it, part=part, name=name, value=value: definition(it, 0)['requests'][0][part][0].update(
                {name: value}
            ),
            [(f'widgets[0].definition.requests[0].{part}[0].{name}', value, None)],
        )
        for part, name, value in [
            ('formulas', 'alias', 'x'),
            ('formulas', 'limit', {'count': 3, 'order': 'asc'}),
            ('queries', 'aggregator', 'max'),
        ]
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
    assert ('      message:\n        - `my_metric` is HIGH on {{host.name}}') in (out := run('plan').out)
    lines = out.partition('      message:\n')[2].partition('= keep')[0].splitlines()
    assert [line[:10] for line in lines] == ['        - ', '        + ']
    assert lines[1].startswith('        + `my_metric` is too high on {{host.name}}')


@pytest.mark.parametrize(
    ('live', 'asset', 'shown'),
    [
        (None, 'a\nb', '      message: (none) -> "a\\nb"\n'),
        ('a', 'a\nb', '      message:\n        + b\n'),
        ('a\nb', 'a', '      message:\n        - b\n'),
    ],
)
def test_a_text_of_several_lines_is_shown_by_its_lines(
    run: Run, applied: Account, folder: Path, live: str | None, asset: str, shown: str
) -> None:
    monitor(applied)['message'] = live
    edit(folder / 'monitors/my_metric_threshold.json', lambda it: it['definition'].update(message=asset))
    assert shown in run('plan', wanted=('--timezone', 'Europe/Paris')).out


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
        *(pair for name in ZERO_IS_UNSET for pair in [({name: 0}, {name: None}), ({name: None}, {name: 0})]),
        *(({name: ['b', 'A']}, {name: ['a', 'b']}) for name in UNORDERED),
        ({'tags': None}, {'tags': []}),
        ({'message': 'a\nb'}, {'message': 'a\r\nb\n'}),
        ({'query': 'avg(last_5m):avg:m{*} by {host} > 800'}, {'query': 'avg(last_5m): avg:m{*} by {host}  > 800.0'}),
        ({'formula': 'a / b'}, {'formula': 'a/b'}),
        ({'q': 'avg:m{a, b}'}, {'q': 'avg:m{a,b}'}),
        ({'type': 'metric alert'}, {'type': 'query alert'}),
        ({'rrule': 'FREQ=DAILY'}, {'rrule': 'freq=daily;'}),
        ({'rrule': 'FREQ=WEEKLY;INTERVAL=1;BYDAY=SA,SU'}, {'rrule': 'RRULE:BYDAY=SU,SA;FREQ=WEEKLY;WKST=MO'}),
        ({'duration': '24h'}, {'duration': '1d'}),
        ({'duration': '120m'}, {'duration': '2h'}),
        ({'duration': '7d'}, {'duration': '1w'}),
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
        ({'a': None}, {'a': {'b': 1}}, 'a'),
        ({'a': 1}, {'a': {'b': 1}}, 'a'),
        ({'a': 1}, {'a': [1]}, 'a'),
        ({'a': [1]}, {'a': 1}, 'a'),
        ({'tags': 'ab'}, {'tags': ['a', 'b']}, 'tags'),
        ({'tags': ['a', 'b']}, {'tags': 'ab'}, 'tags'),
        ({'a': ['x', 'y', 'z']}, {'a': ['z', 'y', 'x']}, 'a[0] a[2]'),
        ({'a': [1, 2, 3, 4]}, {'a': [1, 3, 4]}, 'a[1]'),
        ({'a': [1, 3, 4]}, {'a': [1, 2, 3, 4]}, 'a[1]'),
        ({'a': [1, 2]}, {'a': [1]}, 'a[1]'),
        ({'a': [1]}, {'a': [1, 2]}, 'a[1]'),
        ({'a': [1, 2]}, {'a': []}, 'a[0] a[1]'),
        ({'timeout_h': 0}, {'timeout_h': 1}, 'timeout_h'),
        ({'type': 'note'}, {'type': 'image'}, 'type'),
        ({'rrule': 'FREQ=DAILY'}, {'rrule': 'FREQ=WEEKLY'}, 'rrule'),
        ({'start': '2026-11-24T19:00'}, {}, 'start'),
        ({'start': '2026-11-24T19:00'}, {'start': '2026-11-24T18:00:00'}, 'start'),
        ({'start': '2026-11-24T19:00'}, {'start': '2026-11-25T19:00:00'}, 'start'),
        ({'query': 'avg:m{a} > 1.05'}, {'query': 'avg:m{a} > 1.5'}, 'query'),
        ({'query': 'avg:m{a b}'}, {'query': 'avg:m{ab}'}, 'query'),
        ({'duration': '14h'}, {'duration': '14d'}, 'duration'),
        ({'title': '60m'}, {'title': '1h'}, 'title'),
    ],
)
def test_other_words_are_not_all_the_same(wanted: dict[str, Any], live: dict[str, Any], path: str) -> None:
    assert [difference.path for difference in differences(wanted, live)] == path.split()


def test_values_are_shown_as_they_were_typed(run: Run, applied: Account) -> None:
    board(applied).update(title='Größe', notify_list=None, tags=['team:é'])
    monitor(applied)['options'].update(locked=True, threshold_windows={'recovery_window': 'é'})
    (shown,) = applied.dashboards
    out = run('plan').out
    assert (
        f'~ change dashboard custom_check_timeboard  {shown}\n'
        '    Custom Check Timeboard\n'
        '      title: "Größe" -> "Custom Check Timeboard"\n'
        '      notify_list:\n'
        f'        + ["{EMAIL}"]\n'
        '      tags:\n'
        '        - ["team:é"]\n'
        '= keep   monitor   device_silent  '
    ) in out
    assert (
        '      options.locked: true -> (none)\n'
        '      options.threshold_windows:\n'
        '        - {"recovery_window": "é"}\n'
        '= keep   downtime  weekends  '
    ) in out


def test_what_an_update_would_wipe_is_shown_before_and_gone_after(run: Run, applied: Account) -> None:
    board(applied).update(title='Mine', tags=['team:web'], novelty={'a': 1}, nothing=[])
    planned = run('plan')
    assert '        - ["team:web"]' in planned.out
    assert 'Changing dashboard custom_check_timeboard drops what this command does not know: novelty.' in planned.err
    run('apply', '--yes')
    assert board(applied)['title'] == 'Custom Check Timeboard'
    assert 'tags' not in board(applied)
    # What is not known is neither drift nor worth a word while nothing changes.
    board(applied).update(novelty={'a': 1})
    result = run('plan', '--detailed-exitcode')
    assert (result.code, result.err) == (0, '')


def test_what_is_newer_than_the_oldest_client_is_known_and_a_field_that_is_gone_is_shown(
    run: Run, applied: Account
) -> None:
    board(applied)['default_timeframe'] = {'type': 'live', 'unit': 'day', 'value': 1}
    del monitor(applied)['options']['thresholds']['warning']
    del applied.one('device_silent')['options']['thresholds']
    result = run('plan')
    assert result.err == ''
    assert '      default_timeframe:\n' in result.out
    assert '      options.thresholds.warning: (none) -> 500\n' in result.out
    assert '      options.thresholds:\n        + {"critical": -9007199254740992}\n' in result.out


@pytest.mark.parametrize(
    ('model', 'name', 'value', 'default', 'reset'),
    [
        (Dashboard, 'default_timeframe', {'type': 'live'}, None, None),
        (Dashboard, 'tabs', [{'name': 'x'}], None, []),
        (Monitor, 'assets', [{'name': 'x'}], None, []),
        (Monitor, 'draft_status', 'draft', 'published', 'published'),
    ],
)
def test_an_option_that_the_oldest_client_does_not_know_is_drift_too(
    model: Any, name: str, value: Any, default: Any, reset: Any
) -> None:
    assert drift(model, {}, {name: value}) == [Difference((name,), value, default, reset)]
    assert drift(model, {name: value}, {name: value}) == unknown(model, {}, {name: value}) == []


def test_an_option_that_only_the_asset_knows_is_compared_and_not_unknown() -> None:
    assert unknown(Dashboard, {'novelty': 1}, {'novelty': 2, 'other': 3, 'nothing': []}) == ['other']
    assert drift(Dashboard, {'novelty': 1}, {'novelty': 2, 'other': 3}) == [Difference(('novelty',), 2, 1)]


def test_what_the_server_sets_by_itself_is_no_drift(run: Run, applied: Account) -> None:
    board(applied).update(author_name='Me', url='/dashboard/x', is_read_only=False)
    axis = {'include_zero': False, 'label': '', 'max': 'auto', 'min': 'auto', 'scale': 'linear'}
    definition(applied, 0).update(yaxis=axis, legend_layout='auto', markers=[], custom_links=None)
    monitor(applied).update(matching_downtimes=[{'id': 1}], overall_state='Alert', org_id=7, draft_status='published')
    monitor(applied)['options'].update(aggregation={'metric': 'x'}, on_missing_data='default', evaluation_delay=0)
    weeknights(applied).update(status='active', modified='2026-11-25T00:00:00+00:00')
    weeknights(applied)['schedule']['current_downtime'] = {'start': '2026-11-25T18:00:00+00:00', 'end': None}
    result = run('plan', '--detailed-exitcode')
    assert (result.code, result.err) == (0, '')


def in_other_words(answer: Any) -> Any:
    """Write what an account holds in the other ways that the API has for the same."""
    if isinstance(answer, list):
        return [in_other_words(one) for one in answer]
    if 'data' in answer:
        return answer | {'data': in_other_words(answer['data'])}
    if 'widgets' in answer:
        answer['notify_list'] = list(reversed(answer['notify_list'])) or None
        for widget in answer['widgets']:
            widget['definition'] = dict(reversed(widget['definition'].items())) | {'legend_layout': 'auto'}
        for variable in answer['template_variables']:
            variable |= {'available_values': None, 'default': variable['defaults'][0]}
    elif 'query' in answer:
        options = answer['options']
        answer['query'] = answer['query'].replace(' > ', '  >  ').replace(', ', ',')
        answer['message'] = answer['message'].replace('\n', '\r\n') + '\n'
        answer['tags'] = sorted(answer['tags'], reverse=True)
        options |= {'locked': False, 'timeout_h': 0, 'renotify_interval': options.get('renotify_interval') or None}
        options['thresholds'] = {name: float(value) for name, value in options['thresholds'].items()}
        answer['options'] = dict(sorted(options.items(), reverse=True))
    elif 'attributes' in answer:
        attributes = answer['attributes']
        for name in ('notify_end_states', 'notify_end_types'):
            attributes[name] = sorted(attributes[name], reverse=True)
        for recurrence in attributes['schedule']['recurrences']:
            recurrence['rrule'] = recurrence['rrule'].replace('INTERVAL=1;', '')
    return answer


def test_an_account_that_answers_in_other_words_takes_everything(run: Run, account: Account) -> None:
    account.faults.append(
        Fault('GET|POST|PUT|PATCH', '/api/v./(dashboard|monitor|downtime).*', change=in_other_words, times=99)
    )
    two = ('--email', EMAIL, '--email', 'me@example.com', '--timezone', 'Europe/Paris')
    result = run('apply', '--yes', wanted=two)
    assert (result.code, result.err, len(account.writes)) == (0, '', 10)
    assert run('plan', '--detailed-exitcode', wanted=two).code == 0


@pytest.mark.parametrize(
    ('window', 'edited', 'found'),
    [('5m', 10, []), ('5m', 1440, ['options.no_data_timeframe']), ('1h', 120, []), ('1d', 10, ['no_data'])],
)
def test_a_default_that_depends_on_the_query_is_known(
    run: Run, account: Account, folder: Path, window: str, edited: int, found: list[str]
) -> None:
    def leave_out(asset: Any) -> None:
        del asset['definition']['options']['no_data_timeframe']
        asset['definition']['query'] = asset['definition']['query'].replace('last_5m', f'last_{window}')

    edit(folder / 'monitors/my_metric_threshold.json', leave_out)
    run('apply', '--yes')
    monitor(account)['options']['no_data_timeframe'] = edited
    changes = [change for change in run('plan', '--json').json['changes'] if change['action'] != 'keep']
    assert len(changes) == len(found)
    for change in changes:
        assert [one['field'] for one in change['differences']] == ['options.no_data_timeframe']


WINDOW, RENOTIFIED = 'avg(last_5m):avg:my_metric{*} > 1', ['alert', 'no data']


@pytest.mark.parametrize(
    ('query', 'options', 'added'),
    [
        (WINDOW, {'notify_no_data': True}, {'no_data_timeframe': 10}),
        (f' {WINDOW.replace("5m", "2h")}', {'notify_no_data': True}, {'no_data_timeframe': 240}),
        (WINDOW.replace('5m', '1d'), {'notify_no_data': True}, {'no_data_timeframe': 2880}),
        (WINDOW, {'notify_no_data': True, 'no_data_timeframe': 30}, {}),
        # Without a window there is nothing to go by.
        ('"up".over("*").last(2).count_by_status()', {'notify_no_data': True}, {}),
        (WINDOW, {'notify_no_data': False}, {}),
        (WINDOW, {'renotify_interval': 60}, {'renotify_statuses': RENOTIFIED}),
        (WINDOW, {'renotify_interval': 60, 'renotify_statuses': ['warn']}, {}),
        (WINDOW, {'renotify_interval': 0}, {}),
        (WINDOW, {}, {}),
        (WINDOW, None, {}),
    ],
)
def test_defaults_that_depend_on_other_options_are_written_out(
    folder: Path, query: str, options: dict[str, Any] | None, added: dict[str, Any]
) -> None:
    def change(asset: Any) -> None:
        asset['definition'].update(query=query, options=options)
        if options is None:
            del asset['definition']['options']

    edit(folder / 'monitors/my_metric_threshold.json', change)
    found = assets.load(Publication(folder, 'custom_check', datetime.now(UTC)))
    (sent,) = [one.unmarked['options'] for one in found if one.key == 'my_metric_threshold']
    assert sent == (options or {}) | added


def test_renotifying_has_default_states(run: Run, account: Account, folder: Path) -> None:
    path = folder / 'monitors/my_metric_threshold.json'
    edit(path, lambda it: it['definition']['options'].update(renotify_interval=60))
    run('apply', '--yes')
    monitor(account)['options']['renotify_statuses'] = ['no data', 'alert']
    assert run('plan', '--detailed-exitcode').code == 0
    monitor(account)['options']['renotify_statuses'] = ['warn']
    assert run('plan', '--detailed-exitcode').code == 2


def test_an_option_that_is_not_named_is_sent_at_its_default(run: Run, applied: Account) -> None:
    options = {
        'notification_preset_name': ('hide_all', 'show_all'),
        'notify_by': (['*'], []),
        'include_tags': (False, True),
        'locked': (True, False),
        'escalation_message': ('x', ''),
        'scheduling_options': ({'evaluation_window': {'day_starts': '04:00'}}, {}),
        'timeout_h': (1, None),
    }
    monitor(applied).update(priority=1)
    monitor(applied)['options'].update({name: edited for name, (edited, _) in options.items()})
    silence(applied, 2)
    run('apply', '--yes')
    (request,) = applied.writes
    sent = {name: request.body['options'][name] for name in [*options, 'silenced']}
    assert sent == {name: default for name, (_, default) in options.items()} | {'silenced': {}}
    assert request.body['priority'] is None


def test_what_the_account_does_not_take_is_said(run: Run, applied: Account) -> None:
    monitor(applied)['options']['notify_by'] = ['*']
    applied.faults.append(
        Fault('PUT', '/api/v1/monitor/.*', change=lambda it: it | {'options': it['options'] | {'notify_by': ['*']}})
    )
    result = run('apply', '--yes')
    assert result.code == 0
    assert (
        'Warning: The account took the change of monitor my_metric_threshold, but not all of it: options.notify_by.'
        in result.err
    )


# The notify list takes handles of users


def test_an_address_that_is_no_users_is_left_off_the_notify_list_and_named(run: Run, account: Account) -> None:
    stranger = ('--email', EMAIL, '--email', 'mail@list.example.com', '--timezone', 'UTC')
    planned = run('plan', '--json', wanted=stranger)
    words = (
        'Not on the notify list of dashboard custom_check_timeboard, as no user of the account has this handle: '
        'mail@list.example.com.'
    )
    assert planned.json['notes'] == [words]
    result = run('apply', '--yes', wanted=stranger)
    assert result.code == 0
    assert f'Warning: {words}' in result.err
    assert board(account)['notify_list'] == [EMAIL]
    # Monitors and downtimes mention any address.
    assert '@mail@list.example.com @ops@example.com' in monitor(account)['message']
    again = run('plan', '--detailed-exitcode', wanted=stranger)
    assert again.code == 0
    assert 'mail@list.example.com' in again.err
    # Taken away by a person is another thing.
    board(account)['notify_list'] = None
    assert run('plan', '--detailed-exitcode', wanted=stranger).code == 2


@pytest.mark.parametrize('status', [401, 403, 404, 501])
def test_a_key_that_may_not_ask_for_users_sends_the_address(run: Run, account: Account, status: int) -> None:
    # Before the answer that has the users.
    account.faults.insert(0, Fault('GET', '/api/v2/users', status, times=99))
    stranger = ('--email', 'mail@list.example.com', '--timezone', 'UTC')
    result = run('apply', '--yes', wanted=stranger)
    assert (result.code, result.err) == (0, '')
    assert board(account)['notify_list'] == ['mail@list.example.com']
    assert len(account.calls('GET', '/api/v2/users')) == 1


def test_another_failure_to_ask_for_users_is_one(run: Run, account: Account) -> None:
    account.faults.insert(0, Fault('GET', '/api/v2/users', 400))
    result = run('apply', '--yes')
    assert (result.code, account.writes) == (1, [])
    assert 'HTTP 400' in result.err


@pytest.mark.parametrize('handle', ['ops@EXAMPLE.com', 'ops@example.com'])
def test_an_address_in_other_capitals_is_the_same_users(run: Run, account: Account, handle: str) -> None:
    users = {'data': [{'attributes': {'handle': handle}}]}
    account.faults.insert(0, Fault('GET', '/api/v2/users', change=lambda _: users))
    assert run('plan', wanted=('--email', 'Ops@example.com', '--timezone', 'UTC')).err == ''


def test_users_are_asked_for_only_to_put_somebody_on_the_list(run: Run, applied: Account) -> None:
    run('plan')
    assert applied.calls('GET', '/api/v2/users') == []
    run('apply', '--yes', wanted=('--email', 'new@example.com', '--email', EMAIL, '--timezone', 'UTC'))
    assert [one.query for one in applied.calls('GET', '/api/v2/users')] == [{'filter': 'new@example.com'}]


def test_a_removed_widget_shows_as_itself() -> None:
    wanted, live = {'widgets': [{'t': 1}, {'t': 2}, {'t': 3}]}, {'widgets': [{'t': 1, 'id': 7}, {'t': 3, 'id': 9}]}
    assert list(differences(wanted, live)) == [Difference(('widgets', 1), None, {'t': 2})]


@pytest.mark.parametrize(
    'definition',
    [
        {'group_by': ['host'], 'type': 'check_status', 'check': 'datadog.agent.up', 'grouping': 'cluster'},
        {'sort': {'column': 'time', 'order': 'desc'}, 'type': 'log_stream', 'indexes': [], 'query': ''},
    ],
)
def test_a_field_may_be_a_word_in_another_kind_of_widget(
    run: Run, account: Account, folder: Path, definition: dict[str, Any]
) -> None:
    add_widget(folder, definition)
    assert run('apply', '--yes').code == 0
    assert board(account)['widgets'][-1]['definition'] == definition
    assert run('plan', '--detailed-exitcode').code == 0
