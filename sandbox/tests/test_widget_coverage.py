"""Every widget type and every data source that the models of Datadog's client know is drawn, or says what it needs."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from datadog_api_client.v1 import model as models
from datadog_api_client.v1.model.widget_definition import WidgetDefinition
from datadog_sandbox import widgets
from datadog_sandbox.store import Store
from datadog_sandbox.widgets.sources import SOURCES
from datadog_sandbox.widgets.sources.products import needs
from widget_specimen import T, request

# Those of the colours of a widget, which are called sources too, and of monitors.
OTHERS = ('ColorSource', 'TableDataSource')
LISTED = 'event_stream', 'trace_stream', 'logs_stream'
"""The sources of a list_stream that are kept."""


def classes() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.iter_modules(models.__path__):
        for name, each in vars(import_module(f'{models.__name__}.{module.name}')).items():
            if isinstance(each, type) and each.__module__.endswith(module.name):
                yield name, each


def types_of(definition: Any) -> set[str]:
    if 'type' in definition.openapi_types:
        return set(definition.openapi_types['type'][0].allowed_values)
    return {type_ for each in definition._composed_schemas['oneOf'] for type_ in types_of(each)}


TYPES = sorted({type_ for definition in WidgetDefinition._composed_schemas['oneOf'] for type_ in types_of(definition)})
ENUMS = {
    name: each.allowed_values
    for name, each in classes()
    if name.endswith('Source') and hasattr(each, 'allowed_values') and not name.endswith(OTHERS)
}
DATA_SOURCES = sorted({
    value for name, values in ENUMS.items() if name.startswith('FormulaAndFunction') for value in values
})  # fmt: skip
CLASSIC = sorted({
    key
    for name, each in classes()
    if name.endswith('WidgetRequest') and hasattr(each, 'openapi_types')
    for key in each.openapi_types
    if key.endswith('_query')
})  # fmt: skip


def test_the_models_have_what_this_tries() -> None:
    assert len(TYPES) > 40 and len(DATA_SOURCES) > 20 and len(CLASSIC) > 8
    assert {'timeseries', 'topology_map', 'geomap'} <= set(TYPES)


@pytest.mark.parametrize('type_', TYPES)
def test_every_type_is_drawn_or_says_what_it_needs(type_: str) -> None:
    if type_ in widgets.TYPES:
        return
    message = str(widgets.refusal({'type': type_}))
    assert message.startswith('This widget needs ') or 'it is stored, but not drawn' in message, message
    assert 'The sandbox does not draw' not in message


@pytest.mark.parametrize('source', DATA_SOURCES)
def test_every_data_source_of_a_formula_is_read_or_says_which_product_it_needs(source: str) -> None:
    query = {'data_source': source, 'name': 'a', 'query': 'avg:m{*}', 'stat': 'hits', 'measure': 'slo_status'}
    message = widgets.refusal({'type': 'query_value', 'requests': [{**request(''), 'queries': [query]}]})
    if source == 'metrics' or source in SOURCES:
        assert message is None
    else:
        assert str(message) == (
            f'This widget needs {needs(source)} (data source {source}), whose data the sandbox does not keep'
        )
        assert 'the product of the data source' not in needs(source)


@pytest.mark.parametrize('source', ENUMS['ListStreamSource'])
def test_every_source_of_a_list_is_read_or_says_which_product_it_needs(source: str) -> None:
    query = {'data_source': source, 'query_string': ''}
    message = widgets.refusal({'type': 'list_stream', 'requests': [{'query': query, 'columns': []}]})
    if source in LISTED:
        assert message is None
    else:
        assert str(message).startswith(f'This widget needs {needs(source)} (data source {source})')
        assert 'the product of the data source' not in needs(source)


@pytest.mark.parametrize('key', CLASSIC)
def test_every_classic_query_is_read_or_says_which_product_it_needs(store: Store, key: str) -> None:
    classic = {
        key: {'search': {'query': '*'}, 'compute': {'aggregation': 'count'}, 'service': 'web', 'row_type': 'service'}
    }
    widget = widgets.evaluate(store, {'type': 'query_value', 'requests': [classic]}, {}, T, T + 60)
    if key in ('log_query', 'event_query', 'apm_query', 'apm_stats_query'):
        assert widget.message.startswith('There are no ')
    else:
        assert widget.message.startswith('This widget needs ')
        assert 'the product of the data source' not in widget.message
