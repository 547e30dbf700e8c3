"""The registry of widget types: every one is drawn, in a page and in a picture."""

from importlib.resources import files

import pytest
from datadog_sandbox import widgets
from datadog_sandbox.widgets.model import Content


@pytest.mark.parametrize('type_', widgets.TYPES)
def test_every_type_has_a_template_and_a_drawing(type_: str) -> None:
    content = widgets.TYPES[type_]
    assert files('datadog_sandbox').joinpath('templates/widgets', content.template).is_file()
    assert not content.__abstractmethods__
    assert content.drawing is not Content.drawing


def test_refusals_need_no_data() -> None:
    query = {'name': 'a', 'data_source': 'metrics', 'query': 'avg:m{$env}'}
    request = {'queries': [query], 'formulas': [{'formula': 'a'}]}
    assert widgets.refusal({'type': 'timeseries', 'requests': [request]}) is None
    wrong = {'queries': [query | {'query': 'avg:m{*}.nonsense()'}], 'formulas': [{'formula': 'a'}]}
    assert '.nonsense() is not supported' in str(widgets.refusal({'type': 'timeseries', 'requests': [wrong]}))
    assert widgets.refusal({'type': 'nonsense'}) == 'The sandbox does not draw widgets of the type nonsense'


def test_metrics_of_a_definition_are_those_of_all_its_queries() -> None:
    inner = {'type': 'timeseries', 'requests': [{'q': 'avg:a{$host} / sum:b{*}'}]}
    assert widgets.metrics([{'type': 'group', 'widgets': [{'definition': inner}]}, {'query': 'status:error'}]) == {
        'a',
        'b',
    }
