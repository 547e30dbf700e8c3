"""Widget types: each is drawn, in a page and in a picture, whatever a definition holds."""

import json
import struct
from collections.abc import Iterator
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import pytest
from datadog_sandbox import drawing, painter, pictures, widgets
from datadog_sandbox.store import Store
from datadog_sandbox.widgets.model import Content
from starlette.testclient import TestClient
from widget_specimen import DEFINITIONS, content, evaluate, fill


@pytest.fixture
def account(store: Store) -> Store:
    return fill(store)


# The registry


def test_every_type_is_tried_here() -> None:
    assert sorted(DEFINITIONS) == sorted(widgets.TYPES)


@pytest.mark.parametrize('type_', widgets.TYPES)
def test_every_type_has_a_template_and_a_picture(account: Store, type_: str) -> None:
    kind = widgets.TYPES[type_]
    assert files('datadog_sandbox').joinpath('templates/widgets', kind.template).is_file()
    assert kind.drawing is not Content.drawing
    drawn = content(account, type_).drawing()
    spec = drawing.specification(drawn, 'dark', 400, 200)
    png = pictures.png(spec)
    assert struct.unpack('>II', png[16:24]) == (400, 200)
    # More than an empty surface: what a picture of the same size without marks has.
    empty = pictures.png({'width': 400, 'height': 200, 'data': {'values': []}, 'mark': 'point', 'encoding': {}})
    assert len(png) > len(empty) + 150


@pytest.mark.parametrize('type_', widgets.TYPES)
def test_every_type_says_why_it_is_empty_or_shows_itself_without_data(store: Store, type_: str) -> None:
    widget = evaluate(store, type_)
    assert not widget.failed, widget.message
    assert bool(widget.content) != bool(widget.message)


JUNK: list[Any] = [None, 0, -1, 1.5, 10**30, '', 'x', '$', '{', [], {}, [1], [None], {'a': 1}, True, {'type': 'x'}]


@pytest.mark.parametrize('type_', widgets.TYPES)
def test_no_field_of_a_definition_makes_a_page_fail(client: TestClient, account: Store, type_: str) -> None:
    definition = {'type': type_, 'title': 'A title', **DEFINITIONS[type_]}
    broken = []
    for number, path in enumerate(path for path in paths(definition) if path != ('type',)):
        for junk in (JUNK[number % len(JUNK)], JUNK[(number * 7 + 3) % len(JUNK)]):
            other = node = json.loads(json.dumps(definition))
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = junk
            broken.append({'id': len(broken), 'definition': other})
    account.save('dashboard', 'broken', {'id': 'broken', 'title': '', 'layout_type': 'ordered', 'widgets': broken})
    page = client.get('/dashboard/broken?all=1')
    assert page.status_code == 200
    # A group has no hash: its widgets have.
    assert page.text.count('data-hash=') >= len(broken) or type_ in ('group', 'split_group')


def paths(node: Any, start: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in items:
        yield (*start, key)
        yield from paths(part, (*start, key))


def test_refusals_need_no_data() -> None:
    query = {'name': 'a', 'data_source': 'metrics', 'query': 'avg:m{$env}'}
    of_metrics = {'queries': [query], 'formulas': [{'formula': 'a'}]}
    assert widgets.refusal({'type': 'timeseries', 'requests': [of_metrics]}) is None
    wrong = {'queries': [query | {'query': 'avg:m{*}.nonsense()'}], 'formulas': [{'formula': 'a'}]}
    assert '.nonsense() is not supported' in str(widgets.refusal({'type': 'timeseries', 'requests': [wrong]}))
    assert widgets.refusal({'type': 'nonsense'}) == 'The sandbox does not draw widgets of the type nonsense'
    assert 'Workflow Automation' in str(widgets.refusal({'type': 'run_workflow', 'workflow_id': 'x'}))


def test_metrics_of_a_definition_are_those_of_all_its_queries() -> None:
    inner = {'type': 'timeseries', 'requests': [{'q': 'avg:a{$host} / sum:b{*}'}]}
    group = [{'type': 'group', 'widgets': [{'definition': inner}]}, {'query': 'status:error'}]
    assert widgets.metrics(group) == {'a', 'b'}


def test_a_picture_that_takes_too_long_is_none_and_the_next_one_is_drawn(
    account: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = drawing.specification(content(account, 'timeseries').drawing(), 'light', 400, 200)
    assert pictures.png(spec).startswith(b'\x89PNG')
    with pytest.raises(pictures.PictureError, match='could not be drawn within 0.0001 seconds'):
        pictures.png(spec | {'width': 3000, 'height': 3000}, seconds=0.0001)
    assert pictures.png(spec).startswith(b'\x89PNG')
    monkeypatch.setattr(pictures, 'BYTES', 100)
    with pytest.raises(pictures.PictureError, match='bytes of data: at most 100 are drawn'):
        pictures.png(spec)


def test_a_process_that_draws_and_fails_is_not_said_to_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    # As it does where too little memory may be reserved.
    monkeypatch.setattr(pictures, 'painter', SimpleNamespace(__name__='this', write=painter.write, read=painter.read))
    monkeypatch.setattr(pictures, '_worker', pictures._Worker())
    with pytest.raises(pictures.PictureError, match='could not be drawn: the process that draws failed, see the log'):
        pictures.png({'mark': 'point'})
