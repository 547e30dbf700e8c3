"""Whose a resource is: ours, somebody's clone, another set's, or one that two runs made at once."""

import re
import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from conftest import WANTED, Account, Run
from custom_check_publish.cli import main
from custom_check_publish.kinds import DOWNTIME, MONITOR
from custom_check_publish.marker import Marker, read, sort_out
from faults import Fault

TABLES = ['dashboards', 'monitors', 'downtimes']
OLD, NEW = '2020-01-01T00:00:00.000000+00:00', '2030-01-01T00:00:00.000000+00:00'


def attributes(live: Any) -> Any:
    return live.get('attributes', live)


def clone(account: Account, table: str, created: str = NEW) -> Any:
    """Copy the first of ours as a person would, by hand; listed first, as the order of a list is the server's own."""
    resources = getattr(account, table)
    id_ = {'dashboards': 'clo-ne0-001', 'monitors': 7, 'downtimes': '00000000-0000-0000-0000-000000000000'}[table]
    copied = deepcopy(next(iter(resources.values())))
    copied['id'] = id_
    attributes(copied)['created_at' if table == 'dashboards' else 'created'] = created
    resources |= {id_: copied} | {key: resources.pop(key) for key in list(resources)}
    return id_


def remark(live: Any, change: Callable[[str], str]) -> None:
    """Edit the text that holds the marker."""
    live = attributes(live)
    if 'query' in live:
        live['tags'] = [tag for tag in map(change, live['tags']) if tag]
    else:
        field = 'message' if 'message' in live else 'description'
        live[field] = change(live[field])


def without_id(text: str) -> str:
    return re.sub(r' ?custom_check_id:[a-z0-9-]+', '', text)


@pytest.mark.parametrize('created', [OLD, NEW])
@pytest.mark.parametrize('table', TABLES)
def test_a_clone_is_never_touched_even_when_the_original_is_gone(
    run: Run, applied: Account, table: str, created: str
) -> None:
    id_ = clone(applied, table, created)
    before = deepcopy(getattr(applied, table)[id_])
    result = run('apply', '--yes')
    assert (result.code, applied.writes) == (0, [])
    assert result.err == (
        f'Warning: {table[:-1]} {id_} carries the marker of another one: a clone. It is left alone; take the marker '
        'out of it to end this warning.\n'
    )
    assert run('plan', '--json').json['clones'] == [{'kind': table[:-1], 'id': id_}]

    for _ in range(2):
        assert run('destroy', '--yes').code == 0
    assert run('apply', '--yes').code == 0
    assert getattr(applied, table)[id_] == before
    assert run('plan', '--detailed-exitcode').code == 0


@pytest.mark.parametrize('table', TABLES)
def test_an_original_deleted_by_hand_is_made_anew_beside_its_clone(run: Run, applied: Account, table: str) -> None:
    id_ = clone(applied, table)
    before = deepcopy(getattr(applied, table)[id_])
    count = len(getattr(applied, table))
    del getattr(applied, table)[next(key for key in getattr(applied, table) if key != id_)]
    assert run('apply', '--yes').code == 0
    assert getattr(applied, table)[id_] == before
    assert len(getattr(applied, table)) == count
    assert run('plan', '--detailed-exitcode').code == 0


@pytest.mark.parametrize('lost', [without_id, lambda text: re.sub(r'(custom_check_id:)[a-z0-9-]+', r'\1new-1', text)])
@pytest.mark.parametrize('table', TABLES)
def test_a_resource_without_its_id_is_finished(
    run: Run, applied: Account, table: str, lost: Callable[[str], str]
) -> None:
    before = applied.ids
    remark(next(iter(getattr(applied, table).values())), lost)
    planned = run('plan', '--detailed-exitcode')
    assert planned.code == 2
    assert 'Plan: 1 to change, 4 unchanged.' in planned.out
    assert run('apply', '--yes').code == 0
    assert applied.ids == before
    assert len(applied.writes) == 1
    assert run('plan', '--detailed-exitcode').code == 0


@pytest.mark.parametrize('path', ['/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime'])
def test_a_run_that_ends_between_creating_and_marking_heals(run: Run, account: Account, path: str) -> None:
    account.faults.append(Fault('PUT|PATCH', f'{path}/.*', 400))
    result = run('apply', '--yes')
    assert result.code == 1
    made = len(account.calls('POST', '.*'))
    assert f'Done: {made - 1}. Not done: {6 - made}.' in result.out
    assert run('apply', '--yes').code == 0
    assert (len(account.ids), len(account.calls('POST', '.*'))) == (5, 5)
    for key in account.dashboards:
        assert f'custom_check_id:{key}' in account.dashboards[key]['description']
    for id_ in account.monitors:
        assert f'custom_check_id:{id_}' in account.monitors[id_]['tags']
    for key, live in account.downtimes.items():
        assert f'custom_check_id:{key}' in live['attributes']['message']


def test_of_two_without_an_id_the_oldest_is_ours_and_beside_a_whole_one_none() -> None:
    def live(id_: int, marked: str) -> tuple[Marker, dict[str, Any]]:
        return Marker('n', 'k', marked), {'id': id_, 'created': f'2026-01-0{id_}'}

    a, b, c = live(1, 'new-1'), live(2, ''), live(3, '3')
    two = sort_out([b, a])
    assert (two.ours, two.doubles, two.clones) == ({'k': a[1]}, [], [b[1]])
    three = sort_out([c, b, a])
    assert (three.ours, three.doubles, three.clones) == ({'k': c[1]}, [], [a[1], b[1]])
    # By the time, which the API of dashboards calls otherwise, and of two made at once by the id.
    for time in ('created', 'created_at'):
        old, new = {'id': 'z', time: '2026-01-01'}, {'id': 'a', time: '2026-01-02'}
        assert sort_out([(Marker('n', 'k'), new), (Marker('n', 'k'), old)]).ours == {'k': old}
        twin = {'id': 'y', time: '2026-01-01'}
        assert sort_out([(Marker('n', 'k'), old), (Marker('n', 'k'), twin)]).ours == {'k': twin}
    # The ids of both were written: the first one made is kept.
    d, e = live(1, '1'), live(2, '2')
    both = sort_out([e, d])
    assert (both.ours, both.doubles, both.clones) == ({'k': d[1]}, [('k', e[1])], [])
    # Wrapped by an editor at its hyphen.
    assert sort_out([live(1, 'new')]).ours == {'k': live(1, 'new')[1]}
    # Neither a clone of one that is gone, nor one whose id only begins like that of a new one.
    assert sort_out([live(1, '9')]).clones == [{'id': 1, 'created': '2026-01-01'}]
    assert sort_out([live(1, 'newer')]).ours == {}


@pytest.mark.parametrize('table', TABLES)
def test_a_double_of_ours_is_removed_and_destroy_removes_both(run: Run, applied: Account, table: str) -> None:
    id_ = clone(applied, table)
    original = next(key for key in getattr(applied, table) if key != id_)
    remark(getattr(applied, table)[id_], lambda text: text.replace(str(original), str(id_)))
    planned = run('plan')
    assert 'Plan: 1 to remove, 5 unchanged.' in planned.out
    assert 'clone' not in planned.err
    assert run('apply', '--yes').code == 0
    assert [(one.method, one.path.rsplit('/', 1)[1]) for one in applied.writes] == [('DELETE', str(id_))]


# The marker in the hands of an editor


EDITS: dict[str, Callable[[str], str]] = {
    'text after it': lambda text: f'{text} and more',
    'text before it': lambda text: text.replace('(managed_by', '- see (managed_by'),
    'no parentheses': lambda text: text.replace('(managed_by', 'managed_by').replace(')', ''),
    'non-breaking spaces': lambda text: text.replace(' ', '\u00a0'),
    'escaped underscores': lambda text: text.replace('_', '\\_'),
    'joined lines': lambda text: re.sub(r'\s*\n\s*', '', text),
    'wrapped': lambda text: text.replace(' custom_check_', '\n  custom_check_'),
    'other line ends': lambda text: text.replace('\n', '\r\n'),
    'capitals': str.upper,
    'a list': lambda text: re.sub('^', '- ', text, flags=re.MULTILINE),
    'zero-width spaces': lambda text: text.replace('custom_', 'custom\u200b_'),
    'nothing else': lambda text: text[text.index('(managed_by') :],
}


@pytest.mark.parametrize('edit', EDITS)
@pytest.mark.parametrize('table', ['dashboards', 'downtimes'])
def test_a_marker_survives_an_editor(run: Run, applied: Account, table: str, edit: str) -> None:
    before = applied.ids
    remark(next(iter(getattr(applied, table).values())), EDITS[edit])
    result = run('apply', '--yes')
    assert result.code == 0
    assert applied.ids == before
    assert {request.method for request in applied.writes} <= {'PUT', 'PATCH'}
    assert run('plan', '--detailed-exitcode').code == 0


@pytest.mark.parametrize(
    'text',
    [
        'managed_by:custom-check-publisher custom_check_asset:a',
        'managed_by:custom-check-publish custom_check_asset:',
        'managed_by:custom-check-publish',
        'custom_check_asset:a',
        '',
        None,
    ],
)
def test_what_is_no_marker_is_none(text: str | None) -> None:
    assert read(DOWNTIME.marked_text({'id': 'x', 'message': text})) is None
    assert read(MONITOR.marked_text({'id': 1, 'tags': text and text.split()})) is None


# Names


def test_two_names_are_two_sets_that_do_not_touch_each_other(run: Run, applied: Account) -> None:
    first = deepcopy([applied.dashboards, applied.monitors, applied.downtimes])
    other = ('--name', 'staging', '--email', 'me@example.com', '--timezone', 'Asia/Tokyo')
    result = run('apply', '--yes', wanted=other)
    assert result.code == 0
    assert 'name staging, downtimes in Asia/Tokyo' in result.out
    assert 'Plan: 5 to create.' in result.out
    assert len(applied.ids) == 10
    # Each set's downtimes silence its own monitors only.
    selected = [tuple(it['attributes']['monitor_identifier']['monitor_tags']) for it in applied.downtimes.values()]
    assert [tags[-1] for tags in selected] == ['custom_check_name:custom_check'] * 2 + ['custom_check_name:staging'] * 2

    assert run('plan', '--detailed-exitcode').code == 0
    assert run('plan', '--detailed-exitcode', wanted=other).code == 0
    assert run('destroy', '--yes', '--name', 'staging').code == 0
    left = {key: it for key, it in applied.downtimes.items() if not it['attributes']['canceled']}
    assert [applied.dashboards, applied.monitors, left] == first


def test_what_was_made_before_there_were_names_is_taken_over(run: Run, applied: Account) -> None:
    before = applied.ids
    for table in TABLES:
        for live in getattr(applied, table).values():
            remark(live, lambda text: without_id(re.sub(r' ?custom_check_name:\w+', '', text)))
    assert run('apply', '--yes').code == 0
    assert applied.ids == before
    assert run('plan', '--detailed-exitcode').code == 0


# Two at once


def apply_in_a_thread(url: str, codes: list[int], start: threading.Barrier) -> threading.Thread:
    def apply() -> None:
        start.wait()
        try:
            main(['apply', '--yes', '--api-url', url, *WANTED])
        except SystemExit as ended:
            codes.append(int(ended.code or 0))

    thread = threading.Thread(target=apply)
    thread.start()
    return thread


def test_fifty_races_make_one_set_each(run: Run, account: Account) -> None:
    lost = 0
    for _ in range(50):
        account.dashboards, account.monitors, account.downtimes = {}, {}, {}
        codes: list[int] = []
        start = threading.Barrier(2)
        for thread in [apply_in_a_thread(account.url, codes, start) for _ in range(2)]:
            thread.join()
        assert codes == [0, 0]
        live = [one for one in account.downtimes.values() if not one['attributes']['canceled']]
        assert (len(account.dashboards), len(account.monitors), len(live)) == (1, 2, 2)
        lost += len(account.calls('DELETE', '.*'))
        account.requests.clear()
        assert run('plan', '--detailed-exitcode').code == 0
    assert lost > 50


@pytest.mark.parametrize('path', ['/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime'])
def test_an_account_that_shows_new_resources_late_gets_each_once(run: Run, account: Account, path: str) -> None:
    def nothing(answer: Any) -> Any:
        return [] if isinstance(answer, list) else answer | {'dashboards': [], 'data': []}

    account.faults.append(Fault('GET', path, change=nothing, times=99))
    result = run('apply', '--yes')
    assert (result.code, result.err) == (0, '')
    account.faults.pop()
    assert run('plan', '--detailed-exitcode').code == 0
    assert len(account.ids) == 5


@pytest.mark.parametrize('finished', [True, False])
@pytest.mark.parametrize('table', TABLES)
def test_the_later_one_gives_way_and_says_so(run: Run, applied: Account, table: str, finished: bool) -> None:
    # Another run's, made between our look at the account and our creation: hidden until we have created ours.
    resources = getattr(applied, table)
    (path,) = [one for one in ('/api/v1/dashboard', '/api/v1/monitor', '/api/v2/downtime') if table[:-1] in one]
    key = next(iter(resources))
    if not finished:
        # The other run has not written the id yet.
        remark(resources[key], lambda text: text.replace(f'custom_check_id:{key}', 'custom_check_id:new-1'))

    def hide(answer: Any) -> Any:
        if isinstance(answer, list):
            return [one for one in answer if one['id'] != key]
        name = 'data' if 'data' in answer else 'dashboards'
        return answer | {name: [one for one in answer[name] if one['id'] != key]}

    # Each page of the plan's list: what it holds but for the one, if anything, and the empty one.
    applied.faults.append(Fault('GET', path, change=hide, times=min(2, len(resources))))
    result = run('apply', '--yes')
    assert result.code == 0
    assert re.search(rf'^exists  {table[:-1]} +\w+  {key}  ', result.out, re.MULTILINE)
    assert 'Another run created it at the same moment; ours was removed again.' in result.err
    made = applied.calls('POST', path)
    removed = [one.path for one in applied.calls('DELETE', f'{path}/.*')]
    assert (len(made), len(removed), len(applied.writes)) == (1, 1, 2 if finished else 3)
    assert removed != [f'{path}/{key}']
    assert run('plan', '--detailed-exitcode').code == 0
