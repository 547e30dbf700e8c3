"""Every asset is valid for Datadog's API, and refers only to metrics that exist."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import Configuration
from datadog_api_client.model_utils import ModelNormal, OpenApiModel, validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor

from .common import ROOT

MANIFEST = json.loads((ROOT / 'manifest.json').read_text())
DASHBOARDS = sorted((ROOT / 'assets/dashboards').glob('*.json'))
MONITORS = sorted((ROOT / 'assets/monitors').glob('*.json'))

# Metrics of other integrations that the assets may refer to.
FOREIGN_METRICS = {'mysql.performance.open_files': 'mysql'}


def own_metrics() -> set[str]:
    with (ROOT / 'metadata.csv').open(newline='') as file:
        return {row['metric_name'] for row in csv.DictReader(file)}


def metrics_in(query: str) -> list[str]:
    return re.findall(r'\b(?:avg|sum|min|max):([a-z][\w.]*)\{', query)


def parse_strictly(payload: dict[str, Any], model: type) -> Any:
    """Load the payload into a model of the API client. Raises for an unknown or mistyped field at any depth."""
    parsed = validate_and_convert_types(payload, (model,), ['payload'], True, True, Configuration())
    refuse_unknown(parsed, 'payload')
    return parsed


def refuse_unknown(value: Any, where: str) -> None:
    """Fail for an unknown field at any depth: the client keeps such fields instead of refusing them."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            refuse_unknown(item, f'{where}[{index}]')
    elif isinstance(value, OpenApiModel):
        assert not value._unparsed, f'{where} does not match {type(value).__name__}'
        if chosen := getattr(value, '_composed_instances', None):
            return refuse_unknown(chosen, where)
        if isinstance(value, ModelNormal):
            unknown = set(value._data_store) - set(value.openapi_types)
            assert not unknown, f'{where} has fields that {type(value).__name__} does not: {unknown}'
            for name, item in value._data_store.items():
                refuse_unknown(item, f'{where}.{name}')


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def queries(dashboard: dict[str, Any]) -> list[list[str]]:
    """Return the formulas of each graph, with the queries in the place of their names."""

    def draw(request: dict[str, Any]) -> list[str]:
        named = {query['name']: query['query'] for query in request['queries']}
        return [
            re.sub(r'\bquery\d+\b', lambda match: named[match[0]], formula['formula'])
            for formula in request['formulas']
        ]

    definitions = [widget['definition'] for widget in dashboard['widgets']]
    return [sum(map(draw, definition['requests']), []) for definition in definitions if 'requests' in definition]


def test_manifest_lists_exactly_the_assets_that_exist() -> None:
    assets = MANIFEST['assets']
    listed = {*assets['dashboards'].values(), *assets['monitors'].values()}
    assert listed == {str(path.relative_to(ROOT)) for path in [*DASHBOARDS, *MONITORS]}
    for path in (
        assets['integration']['configuration']['spec'],
        assets['integration']['metrics']['metadata_path'],
        assets['integration']['service_checks']['metadata_path'],
        *(media['image_url'] for media in MANIFEST['tile']['media']),
    ):
        assert (ROOT / path).is_file(), path


def test_manifest_refers_to_sections_that_exist() -> None:
    headings = re.findall(r'^## (.+)$', (ROOT / 'README.md').read_text(), re.MULTILINE)
    for section in ('overview', 'configuration', 'support'):
        file, _, heading = MANIFEST['tile'][section].partition('#')
        assert file == 'README.md'
        assert heading in headings


@pytest.mark.parametrize('path', DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_is_valid_for_the_api(path: Path) -> None:
    dashboard = load(path)
    parse_strictly(dashboard, Dashboard)

    assert 'is_read_only' not in dashboard
    assert all('default' not in variable for variable in dashboard['template_variables'])
    defined = {f'${variable["name"]}' for variable in dashboard['template_variables']}
    used = {name for widget in queries(dashboard) for query in widget for name in re.findall(r'\$\w+', query)}
    assert used == defined


def test_timeboard_has_its_three_graphs() -> None:
    timeboard = load(ROOT / 'assets/dashboards/custom_check_timeboard.json')

    assert timeboard['layout_type'] == 'ordered'
    assert timeboard['template_variables'] == [
        {'name': 'host', 'prefix': 'host', 'available_values': [], 'defaults': ['*']}
    ]
    assert queries(timeboard) == [
        ['avg:my_metric{$host}'],
        ["anomalies(avg:mysql.performance.open_files{$host}, 'basic', 2)"],
        ['sum:my_metric{$host}.rollup(sum, 3600)'],
    ]
    *definitions, note = [widget['definition'] for widget in timeboard['widgets']]
    assert [definition['type'] for definition in definitions] == ['timeseries'] * 3
    assert note['type'] == 'note'
    # 80 values in an hour, with a mean of 500.
    assert 'about 40,000 for each instance (80 values)' in note['content']
    assert [definition['requests'][0]['display_type'] for definition in definitions] == ['line', 'line', 'bars']
    assert len({definition['title'] for definition in definitions}) == 3


@pytest.mark.parametrize('path', MONITORS, ids=lambda path: path.stem)
def test_monitor_is_valid_for_the_api(path: Path) -> None:
    monitor = load(path)
    assert set(monitor) == {
        'version', 'created_at', 'last_updated_at', 'title', 'description', 'definition', 'tags'
    }  # fmt: skip
    parse_strictly(monitor['definition'], Monitor)

    # The API refuses a query whose threshold differs from that of the options.
    assert (
        float(monitor['definition']['query'].split()[-1]) == monitor['definition']['options']['thresholds']['critical']
    )
    message = monitor['definition']['message']
    assert re.findall(r'\{\{#(\w+)\}\}', message) == re.findall(r'\{\{/(\w+)\}\}', message)
    groups = re.search(r' by \{(.+?)\}', monitor['definition']['query'])[1].split(',')
    for name in re.findall(r'\{\{(\w+)\.', message + monitor['definition']['name']):
        assert name in groups


def test_threshold_monitor_has_a_message_for_each_state() -> None:
    definition = load(ROOT / 'assets/monitors/my_metric_threshold.json')['definition']

    assert definition['query'] == 'avg(last_5m):avg:my_metric{*} by {host} > 800'
    assert definition['options']['thresholds'] == {'critical': 800, 'warning': 500}
    assert definition['options']['notify_no_data'] is True
    assert definition['options']['no_data_timeframe'] == 10

    texts = dict(re.findall(r'\{\{#(\w+)\}\}(.+?)\{\{/\1\}\}', definition['message'], re.DOTALL))
    assert list(texts) == ['is_alert', 'is_warning', 'is_no_data', 'is_recovery']
    assert len(set(texts.values())) == 4
    assert '{{value}}' in texts['is_alert']
    assert '{{host.ip}}' in texts['is_alert']


def test_device_monitor_notifies_of_silence_only() -> None:
    definition = load(ROOT / 'assets/monitors/device_silent.json')['definition']

    # No instance can submit a value below -2**53, so only silence triggers the monitor.
    assert definition['query'] == 'min(last_5m):min:my_metric{device:*} by {device} < -9007199254740992'
    assert definition['options']['thresholds'] == {'critical': -(2**53)}
    assert definition['options']['notify_no_data'] is True
    assert definition['options']['no_data_timeframe'] == 10
    assert re.findall(r'\{\{#(\w+)\}\}', definition['message']) == ['is_no_data', 'is_recovery']
    # Who reads the mail sees why the threshold is what it is.
    assert 'its threshold, -2^53, is below every value that `my_metric` can have.' in definition['message']


def test_assets_refer_to_known_metrics_only() -> None:
    named = {
        metric
        for path in DASHBOARDS
        for widget in queries(load(path))
        for query in widget
        for metric in metrics_in(query)
    }
    named |= {metric for path in MONITORS for metric in metrics_in(load(path)['definition']['query'])}

    assert own_metrics() == {'my_metric'}
    assert named == own_metrics() | set(FOREIGN_METRICS)


def test_strict_parsing_refuses_an_unknown_field() -> None:
    dashboard = load(ROOT / 'assets/dashboards/custom_check_timeboard.json')
    dashboard['widgets'][0]['definition']['requests'][0]['style']['colour'] = 'red'

    with pytest.raises(AssertionError, match="fields that TimeseriesRequestStyle does not: {'colour'}"):
        parse_strictly(dashboard, Dashboard)
