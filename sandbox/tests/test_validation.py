"""What Datadog takes and refuses: bodies as its clients' tests recorded them, in other words."""

from typing import Any

import pytest
from datadog_sandbox import validation

QUERY = 'avg(last_5m):avg:room.temperature{*} by {host} > 30'
NOTE = {'definition': {'type': 'note', 'content': 'a'}}
GROUP = {'type': 'group', 'layout_type': 'ordered'}
DASHBOARD = {'title': 'Rooms', 'layout_type': 'ordered', 'widgets': [NOTE]}


BOTH = 'alert and alert recovery criteria are such that the monitor can be simultaneously in alert and alert recovery '
BOTH += 'states'


def anomaly(threshold: float, recovery: str, trigger: str = 'last_4h') -> dict[str, Any]:
    windows = {'trigger_window': trigger, 'recovery_window': recovery}
    function = f"anomalies(avg:m{{*}}, 'agile', 2, alert_window='{trigger}')"
    return {'query': f'avg(last_2w):{function} >= {threshold}', 'options': {'threshold_windows': windows}}


def burn(long: str, short: str) -> dict[str, Any]:
    query = f'burn_rate("a").over("7d").long_window("{long}").short_window("{short}") > 14.4'
    return {'type': 'slo alert', 'query': query}


def event(**thresholds: float | None) -> dict[str, Any]:
    query = 'events("status:error").rollup("count").last("5m") >= 1'
    return {'type': 'event-v2 alert', 'query': query, 'options': {'thresholds': {'critical': 1, **thresholds}}}


def status(query: str, **thresholds: float) -> dict[str, Any]:
    return {'type': 'service check', 'query': query, 'options': {'thresholds': thresholds}}


@pytest.mark.parametrize(
    ('change', 'error'),
    [
        # Recorded by datadog-api-client-python, tests/v1/features/dashboards.feature.
        ({'tags': ['tm:foobar']}, 'Invalid tag format. Valid tag keys are: team.'),
        (
            {'template_variables': [{'name': 'a', 'defaults': ['']}]},
            "Minimum length of parameter 'defaults' should be 1",
        ),
        (
            {'template_variables': [{'name': 'a', 'default': 'b', 'defaults': ['b']}]},
            "'template_variables' is invalid",
        ),
        # Not Datadog's: a page with 20,000 of them took minutes.
        (
            {'template_variables': [{'name': f'v{number}'} for number in range(101)]},
            "'template_variables' has 101; the sandbox takes at most 100",
        ),
        (
            {'template_variable_presets': [{'name': 'a', 'template_variables': [{'name': 'b', 'values': []}]}]},
            "Minimum number of elements in parameter 'values' should be 1",
        ),
        (
            {
                'template_variable_presets': [
                    {'name': 'a', 'template_variables': [{'name': 'b', 'value': '*', 'values': ['*']}]}
                ]
            },
            "'template_variables' value '{'name': 'b', 'value': '*', 'values': ['*']}' is invalid",
        ),
        ({'title': 5}, 'body.title must be a string, not 5'),
        ({'template_variable_presets': 7}, 'body.template_variable_presets must be a list, not 7'),
        ({'widgets': {}}, 'body.widgets must be a list, not {}'),
        ({'widgets': [{'definition': {'type': 'note', 'content': True}}]}, 'body.widgets[0].definition.content must'),
        (
            {'widgets': [NOTE | {'layout': {'x': 'a', 'y': 0, 'width': 1, 'height': 1}}]},
            'body.widgets[0].layout.x must',
        ),
        ({'widgets': [{}]}, "body.widgets[0] has no 'definition'"),
        (
            {'widgets': [NOTE, {'definition': GROUP | {'widgets': [NOTE, {}]}}]},
            "body.widgets[1].definition.widgets[1] has no 'definition'",
        ),
        (
            {'widgets': [{'definition': {'type': 'new', 'widgets': ['a']}}]},
            "body.widgets[0].definition.widgets[0] has no 'definition'",
        ),
        (
            {'widgets': [{'definition': {'type': 'new', 'widgets': 'a'}}]},
            'body.widgets[0].definition.widgets must be a list of widgets',
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/2243
        (
            {'widgets': [NOTE, {'definition': {'type': 'distribution', 'requests': [{'style': {'palette': 'warm'}}]}}]},
            'Invalid widget definition at position 1 of type "distribution". Error: [{"style": {"palette": ',
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/1753
        (
            {'widgets': [{'definition': {'type': 'note', 'content': 'a', 'text_align': ''}}]},
            'body.widgets[0].definition.text_align must be one of center, left, right, not ""',
        ),
    ],
)
def test_a_dashboard_is_refused(change: dict[str, Any], error: str) -> None:
    with pytest.raises(validation.Refused) as refused:
        validation.dashboard(DASHBOARD | change)
    assert str(refused.value).startswith(error)


@pytest.mark.parametrize(
    'change',
    [
        {'id': 7, 'show_status': True},
        {'tabs': [{'name': 'a', 'widget_ids': ['@1']}]},
        {'widgets': [NOTE | {'layout': {'x': 0.909, 'y': -1, 'width': 1, 'height': 1}}]},
        {'widgets': [{'definition': {'type': 'newer', 'anything': [1]}}]},
        {'description': None, 'template_variables': None},
        {'widgets': [{'definition': {'type': 'timeseries', 'requests': [{'log_query': {'index': '*'}}]}}]},
    ],
)
def test_a_dashboard_is_taken_as_it_is(change: dict[str, Any]) -> None:
    assert validation.dashboard(DASHBOARD | change) == DASHBOARD | change


@pytest.mark.parametrize(
    ('change', 'fields'),
    [
        ({'query': QUERY + '\n', 'message': 'a\n'}, {'query': QUERY, 'message': 'a'}),
        ({'priority': 0}, {'priority': None}),
        ({'priority': '3'}, {'priority': 3}),
        ({'options': {'thresholds': {'critical': 30}}}, {'options': {'thresholds': {'critical': 30.0}}}),
        ({'options': {'thresholds': {'critical': '30'}}}, {'options': {'thresholds': {'critical': 30.0}}}),
        # https://github.com/DataDog/terraform-provider-datadog/issues/1516
        (
            {'options': {'thresholds': {'critical': 30, 'period': {'seconds': 300}, 'timeAggregator': 'avg',
                                        'comparison': 'above'}}},
            {'options': {'thresholds': {'critical': 30.0}}},
        ),
        ({'options': {'renotify_interval': '0'}}, {'options': {'renotify_interval': 0}}),
        ({'options': {'no_data_timeframe': None}}, {'options': {'no_data_timeframe': None}}),
        ({'options': {'timeout_h': 24}}, {'options': {'timeout_h': 24}}),
        # The edges of what is refused below.
        *(({'priority': priority}, {'priority': priority}) for priority in (1, 5)),
        *(
            ({'options': {'renotify_interval': number}}, {'options': {'renotify_interval': number}})
            for number in (0, 2**31 - 1)
        ),
        (
            {'query': 'avg(last_5m):abs(avg:m{*} by {host}) > 1', 'options': {'on_missing_data': 'resolve'}},
            {'options': {'on_missing_data': 'resolve'}},
        ),
        ({'options': {'notify_by': ['*']}}, {'options': {'notify_by': ['*']}}),
        ({'options': {'notify_by': ['host']}}, {'options': {'notify_by': ['host']}}),
        ({'options': {'silenced': {'*': None}}}, {'options': {}}),
        ({}, {'name': '**room.temperature** over ***** was **> 30.0** on average during the **last 5m**.'}),
        (
            {'query': 'min(last_1h):avg:a{b:c} < 1'},
            {'name': '**a** over **b:c** was **< 1.0** at least once during the **last 1h**.'},
        ),
        ({'query': 'avg(last_1h):avg:a{b:c} by {d} > 1'}, {'multi': True}),
    ],
)  # fmt: skip
def test_a_monitor_is_kept_in_datadogs_form(change: dict[str, Any], fields: dict[str, Any]) -> None:
    kept = validation.monitor({'type': 'query alert', 'query': QUERY} | change)
    assert {name: kept[name] for name in fields} == fields


@pytest.mark.parametrize(
    ('change', 'error'),
    [
        (
            {'type': 'log alert', 'query': 'query'},
            "The value provided for parameter 'query' is invalid: invalid operator",
        ),
        (
            {'type': 'composite', 'query': '1 and 2'},
            "The value provided for parameter 'query' is invalid: it must be ids",
        ),
        (
            {'type': 'service check', 'query': '"a".over("*")'},
            "The value provided for parameter 'query' is invalid: it",
        ),
        ({'options': {'thresholds': {'warning': 20}}}, 'Alert status is required.'),
        ({'options': {'renotify_interval': 'soon'}}, 'body.options.renotify_interval must be a number, not "soon"'),
        ({'priority': '9' * 5000}, 'body.priority must be a number, not "9999'),
        ({'tags': [5]}, 'body.tags[0] must be a string, not 5'),
        ({'priority': 1.5}, 'priority must be a whole number from 1 to 5, not 1.5'),
        ({'priority': 6}, 'priority must be a whole number from 1 to 5, not 6'),
        # "The minimum allowed value is 0 hours. The maximum allowed value is 24 hours."
        ({'options': {'renotify_interval': 0.5}}, 'options.renotify_interval must be a whole number from 0 to 21'),
        # Minimum and maximum of the documented schemas.
        *(
            ({'options': {'scheduling_options': {'evaluation_window': {name: value}}}}, error)
            for name, value, error in (
                ('month_starts', 2, 'body.options.scheduling_options.evaluation_window.month_starts must be at most 1'),
                (
                    'month_starts',
                    0,
                    'body.options.scheduling_options.evaluation_window.month_starts must be at least 1',
                ),
                ('hour_starts', 60, 'body.options.scheduling_options.evaluation_window.hour_starts must be at most 59'),
            )
        ),
        (
            {'options': {'variables': [{'name': 'a', 'data_source': 'logs', 'search': {'query': 'a'}}]}},
            "body.options.variables[0] has no 'compute'",
        ),
        ({'options': {'timeout_h': 25}}, 'options.timeout_h must be from 0 to 24, not 25'),
        # "The minimum is 1 hour, and the maximum 72 hours": https://docs.datadoghq.com/monitors/configuration/
        *(
            (
                {'options': {'group_retention_duration': length}},
                f'options.group_retention_duration must be 1h to 72h, in m, h, or d, not "{length}"',
            )
            for length in ('59m', '73h', '4d', '1w', '0h', '2', 'soon', '1.5h', '-2h', '9' * 50 + 'h')
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/2815
        (
            {
                'query': 'avg(last_5m):100 * default_zero(avg:m{*} / avg:n{*}) > 10',
                'options': {'on_missing_data': 'resolve', 'thresholds': {'critical': 10}},
            },
            'Invalid on_missing_data value: resolve; valid value is: default',
        ),
        # "Tags listed in notify_by must be a subset of the grouping tags in the query."
        (
            {'options': {'notify_by': ['host', 'service']}},
            'options.notify_by must be tags that the query groups by (host), or "*", not service',
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/2341
        (
            {
                'type': 'log alert',
                'query': 'logs("a").rollup("count").last("5m") >= 1',
                'options': {'thresholds': {'critical': 0}},
            },
            'Alert threshold (0.0) does not match that used in the query (1.0).',
        ),
        (
            {
                'type': 'rum alert',
                'query': 'rum("a").rollup("count").last("5m") < -1.5e1',
                'options': {'thresholds': {'critical': -15, 'warning': -20}},
            },
            'The warning threshold (-20.0) must be greater than the critical threshold (-15.0).',
        ),
        # "The maximum configurable evaluation delay is 86400 seconds": https://docs.datadoghq.com/monitors/configuration/
        ({'options': {'evaluation_delay': 86_401}}, 'options.evaluation_delay must be from 0 to 86400, not 86401'),
        # https://github.com/DataDog/terraform-provider-datadog/pull/2820
        (
            {'options': {'renotify_occurrences': 1}},
            'The renotify_occurrences option can only be used if renotify_interval is set',
        ),
        (
            {'options': {'renotify_occurrences': 1, 'renotify_interval': 0}},
            'The renotify_occurrences option can only be used if renotify_interval is set',
        ),
        # "Log monitors have a maximum rolling time window of 2 days": https://docs.datadoghq.com/monitors/types/log/
        (
            {'type': 'log alert', 'query': 'logs("a").index("*").rollup("count").last("3d") > 5'},
            "The value provided for parameter 'query' is invalid: the window of .last() is at most 2d, not 3d",
        ),
        # "4h*(1-0.5) +1 min = 121 minutes", "4h*(1-0.8) +1 min = 49 minutes":
        # https://docs.datadoghq.com/monitors/types/anomaly/#set-alert-conditions. The words:
        # https://github.com/DataDog/datadog-api-client-typescript/issues/754
        (anomaly(0.5, 'last_120m'), f'{BOTH}: options.threshold_windows.recovery_window must be at least 121m, not'),
        (anomaly(0.8, 'last_48m'), f'{BOTH}: options.threshold_windows.recovery_window must be at least 49m, not'),
        (
            anomaly(0.5, 'last_3d', trigger='last_1w'),
            f'{BOTH}: options.threshold_windows.recovery_window must be at least 5041m, not last_3d',
        ),
        (
            {'type': 'log alert', 'query': 'logs("*").index("*").rollup("count").last("1w") > 3'},
            "The value provided for parameter 'query' is invalid: the window of .last() is at most 2d, not 1w",
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/1401
        (event(critical_recovery=0.9), 'Invalid threshold statuses found: critical_recovery.'),
        (
            event(warning_recovery=0.1, critical_recovery=0.9),
            'Invalid threshold statuses found: critical_recovery, warning_recovery.',
        ),
        # https://github.com/DataDog/terraform-provider-datadog/issues/1321 and …/1202
        (status('"a".over("*").last(2).count_by_status()'), 'A grouping must be specified for custom checks'),
        (
            status('"a".over("*").by("host").last(4).count_by_status()', critical=5, ok=1, warning=1),
            'Last field should be larger than or equal to max threshold defined in monitor options',
        ),
        # "1 hour <= long window <= 48 hours": https://docs.datadoghq.com/service_level_objectives/burn_rate/
        (burn('30m', '5m'), "The value provided for parameter 'query' is invalid: Monitor query"),
        (burn('49h', '5m'), "The value provided for parameter 'query' is invalid: Monitor query"),
        (burn('1h', '1h'), "The value provided for parameter 'query' is invalid: Monitor query"),
    ],
)
def test_a_monitor_is_refused(change: dict[str, Any], error: str) -> None:
    with pytest.raises(validation.Refused) as refused:
        validation.monitor({'type': 'query alert', 'query': QUERY} | change)
    assert str(refused.value).startswith(error)


@pytest.mark.parametrize(
    'change',
    [
        {'options': {'evaluation_delay': 86_400}},
        {'options': {'renotify_occurrences': 0}},
        {'options': {'renotify_occurrences': 1, 'renotify_interval': 10}},
        {'type': 'log alert', 'query': 'logs("a").index("*").rollup("count").last("2d") > 5'},
        anomaly(0.5, 'last_121m'),
        anomaly(0.8, 'last_49m'),
        anomaly(1, 'last_1m'),
        anomaly(0.5, 'last_4h'),
        anomaly(0.5, 'last_1w', trigger='last_1w'),
        # As "SigSci" in integrations-extras has it.
        anomaly(1, 'last_12h'),
        burn('1h', '5m'),
        burn('48h', '2h'),
        event(critical=1, warning=0.5),
        event(critical=1, critical_recovery=None),
        status('"a".over("*").by("host").last(5).count_by_status()', critical=5, ok=1, warning=1),
        status('"a".over("*").pct_by_status()', critical=50),
    ],
)
def test_a_limit_itself_is_taken(change: dict[str, Any]) -> None:
    assert validation.monitor({'type': 'query alert', 'query': QUERY} | change)


@pytest.mark.parametrize(
    ('tags', 'error'),
    [
        # https://docs.datadoghq.com/monitors/downtimes/ ("By Monitor Tags")
        (
            [f'a:{number}' for number in range(33)],
            'monitor_identifier.monitor_tags holds 33 tags; at most 32 are allowed',
        ),
        (['a' * 257], 'monitor_identifier.monitor_tags: a tag has at most 256 characters, not 257'),
    ],
)
def test_the_tags_of_a_downtime_have_limits(tags: list[str], error: str) -> None:
    body = {'scope': '*', 'monitor_identifier': {'monitor_tags': tags[:32] if len(tags) > 1 else ['a' * 256]}}
    assert validation.downtime(body)
    with pytest.raises(validation.Refused) as refused:
        validation.downtime(body | {'monitor_identifier': {'monitor_tags': tags}})
    assert str(refused.value) == error


def test_what_the_models_do_not_know_is_named() -> None:
    body = {'type': 'query alert', 'query': QUERY, 'newer': 1, 'options': {'avalanche_window': 10}}
    assert validation.unknown('monitor', body) == ['body.newer', 'body.options.avalanche_window']
    widget = {'definition': {'type': 'note', 'content': 'a', 'newer': 1}}
    assert validation.unknown('dashboard', DASHBOARD | {'widgets': [widget]}) == ['body.widgets[0].definition.newer']
