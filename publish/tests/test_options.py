"""Drift over every option that the installed client's models know, generated from the models.

Each model that a dashboard, a monitor or a downtime can hold is built with what it requires and nothing else. Then each
of its other options is set to something, as by a person in the account, and has to be the one difference that is found.
"""

import inspect
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from custom_check_publish.drift import DEFAULTS, drift
from custom_check_publish.kinds import KINDS
from datadog_api_client.model_utils import ModelComposed, ModelNormal, ModelSimple
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v2.model.downtime_response_attributes import DowntimeResponseAttributes

# Set by the server, beside what the models call read-only: by model, from the descriptions in the API's documents.
SERVER_SET = {
    ('DashboardTemplateVariable', 'default'),
    ('DowntimeResponseAttributes', 'canceled'),
    ('DowntimeResponseAttributes', 'created'),
    ('DowntimeResponseAttributes', 'modified'),
    ('DowntimeResponseAttributes', 'status'),
    ('DowntimeScheduleRecurrencesResponse', 'current_downtime'),
    ('Monitor', 'matching_downtimes'),
    ('MonitorOptions', 'no_data_timeframe'),
    ('Widget', 'id'),
}
# What is not null, false, "", 0, [] or {}: by model and option, from the same documents.
DEFAULT = {
    ('DistributionWidgetXAxis', 'max'): 'auto',
    ('DistributionWidgetXAxis', 'min'): 'auto',
    ('DistributionWidgetXAxis', 'scale'): 'linear',
    ('DistributionWidgetYAxis', 'max'): 'auto',
    ('DistributionWidgetYAxis', 'min'): 'auto',
    ('DistributionWidgetYAxis', 'scale'): 'linear',
    ('FormulaAndFunctionEventQueryGroupBySort', 'order'): 'desc',
    ('FormulaAndFunctionProcessQueryDefinition', 'sort'): 'desc',
    ('GroupWidgetDefinition', 'show_title'): True,
    ('ImageWidgetDefinition', 'has_background'): True,
    ('ImageWidgetDefinition', 'has_border'): True,
    ('Monitor', 'draft_status'): 'published',
    ('MonitorOptions', 'include_tags'): True,
    ('MonitorOptions', 'min_location_failed'): 1,
    ('MonitorOptions', 'new_host_delay'): 300,
    ('MonitorOptions', 'notification_preset_name'): 'show_all',
    ('MonitorOptions', 'on_missing_data'): 'default',
    ('NoteWidgetDefinition', 'has_padding'): True,
    ('PowerpackWidgetDefinition', 'show_title'): True,
    ('SLOListWidgetQuery', 'limit'): 100,
    ('SLOWidgetDefinition', 'view_type'): 'detail',
    ('TimeseriesWidgetDefinition', 'legend_layout'): 'auto',
    ('WidgetAxis', 'max'): 'auto',
    ('WidgetAxis', 'min'): 'auto',
    ('WidgetAxis', 'scale'): 'linear',
    ('WidgetFormulaLimit', 'order'): 'desc',
}
Wrap = Callable[[Any], Any]


def set_by_server(model: Any, name: str) -> bool:
    return name in model.read_only_vars or (model.__name__, name) in SERVER_SET


def default_of(model: Any, name: str) -> Any:
    return DEFAULT.get((model.__name__, name))


def models(types: Any) -> Iterator[Any]:
    """Yield the models of a field, and each one that a composed one can be."""
    for one in types:
        if isinstance(one, list):
            yield from models(one)
        elif isinstance(one, type) and issubclass(one, ModelComposed):
            yield from models(one._composed_schemas['oneOf'])
        elif isinstance(one, type) and issubclass(one, ModelNormal):
            yield one


def sample(types: Any, default: Any = None) -> Any:
    """Return a value of a field that is not the default, as short as can be."""
    one = types[0]
    if isinstance(one, list):
        return [sample(one)]
    if isinstance(one, dict):
        return {'key': 1}
    if issubclass(one, ModelComposed):
        return sample(one._composed_schemas['oneOf'])
    if issubclass(one, ModelSimple):
        return next(value for value in [*sorted(one.allowed_values), 'word'] if value != default)
    if issubclass(one, ModelNormal):
        options = ((name, types) for name, types in dict(one.openapi_types).items() if not set_by_server(one, name))
        return required(one) or {name: sample(types, default_of(one, name)) for name, types in list(options)[:1]}
    if one is bool:
        return not default
    if issubclass(one, int | float):
        return 7
    return '2026-11-25T12:00:00+00:00' if issubclass(one, date | datetime) else 'word'


def required(model: Any) -> dict[str, Any]:
    parameters = inspect.signature(model.__init__).parameters.values()
    names = [one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    types = dict(model.openapi_types)
    # Python's names, where JSON's own is a keyword.
    return {model.attribute_map[name]: sample(types[name]) for name in names if name in types}


def walk(model: Any, wrap: Wrap, where: str, seen: set[Any]) -> Iterator[tuple[Any, Wrap, str]]:
    """Yield each model that can be found from one, with how to put it into a resource and the path to it there."""
    if model in seen:
        return
    seen.add(model)
    yield model, wrap, where
    for name, types in dict(model.openapi_types).items():
        for nested in models(types) if not set_by_server(model, name) else ():
            in_list = isinstance(types[0], list)

            def put(value: Any, name: str = name, in_list: bool = in_list) -> Any:
                return wrap(required(model) | {name: [value] if in_list else value})

            yield from walk(nested, put, f'{where}.{name}{"[0]" if in_list else ""}', seen)


def name_of(case: Any) -> str:
    return str(case.values[1].__name__)


CASES = [
    pytest.param(kind.model, *case, id=f'{kind}-{case[0].__name__}')
    for kind in KINDS
    for case in walk(kind.model, lambda value: value, '', set())
]


@pytest.mark.parametrize(('root', 'model', 'wrap', 'where'), CASES)
def test_every_option_that_is_not_named_is_drift_unless_the_server_sets_it(
    root: Any, model: Any, wrap: Wrap, where: str
) -> None:
    wanted = required(model)
    assert drift(root, wrap(wanted), wrap(wanted)) == []
    for name, types in dict(model.openapi_types).items():
        if name in wanted:
            continue
        default = default_of(model, name)
        value = sample(types, default)
        found = drift(root, wrap(wanted), wrap(wanted | {name: value}))
        if set_by_server(model, name):
            assert found == [], name
        else:
            assert [(one.path, one.old, one.new) for one in found] == [
                (f'{where}.{name}'.removeprefix('.'), value, default)
            ]
            for nothing in (None, default):
                assert drift(root, wrap(wanted), wrap(wanted | {name: nothing})) == [], name


def test_the_models_are_many() -> None:
    names = {name_of(case) for case in CASES}
    assert {'MonitorThresholdWindowOptions', 'WidgetAxis', 'NoteWidgetDefinition', 'WidgetFormulaLimit'} <= names
    assert len(names) > 130
    assert [kind.model for kind in KINDS] == [Dashboard, Monitor, DowntimeResponseAttributes]


def test_each_default_is_of_an_option_that_a_model_has() -> None:
    options: dict[str, Any] = {name_of(case): case.values[1] for case in CASES}
    known = {name: dict(model.openapi_types) for name, model in options.items()}
    # Versions of the client that are newer than the oldest supported know more.
    newer = {'Monitor', 'NoteWidgetDefinition'}
    for model, defaults in DEFAULTS.items():
        if model not in newer:
            assert set(defaults) <= set(known[model]), model
