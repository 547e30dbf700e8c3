"""Events, logs, spans, and distributions as inputs of scenarios."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from datadog_sandbox.scenarios import feeding
from datadog_sandbox.scenarios.planning import prepare
from datadog_sandbox.scenarios.problems import ScenarioError
from datadog_sandbox.scenarios.rehearsal import rehearse
from datadog_sandbox.store import Store

MONITOR = {'name': 'Slow', 'type': 'query alert', 'query': 'avg(last_5m):avg:a{*} > 1', 'message': '@a@example.com'}


def plan(folder: Path, monitor: dict[str, Any] | None = None, **test: Any) -> Any:
    path = folder / 'scenario.yaml'
    body = {'name': 'x', 'start': '2026-11-23T09:00', 'duration': '20m', 'mail_test': [{'exp_count': 0}], **test}
    path.write_text(yaml.safe_dump({'monitors': [monitor or MONITOR], 'tests': [body]}))
    return prepare(path)


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def test_logs_and_spans_are_kept_with_their_times(tmp_path, store):
    ready = plan(
        tmp_path,
        log_series=[
            {'message': 'Late', 'at': '9m', 'service': 'web', 'status': 'error', 'attributes': {'http': {'code': 500}}},
            {'message': 'Early', 'at': ['5m', '7m'], 'count': 2, 'host': 'a', 'source': 'nginx', 'tags': ['env:prod']},
        ],
        span_series=[
            {
                'service': 'web', 'at': '8m', 'resource': 'GET /', 'duration': 1.5, 'error': True, 'env': 'prod',
                'host': 'a', 'attributes': {'http.url': '/x', 'size': 7, 'ok': True}, 'tags': ['team:core'],
            },
            {'service': 'db', 'at': '8m', 'count': 2},
        ],
    )  # fmt: skip
    start = ready.plans[0].start
    feeding.fill(store, ready.source.scenario, ready.plans[0])
    logs = [(log.message, log.time / 1000 - start, log.host, log.tags) for log in reversed(store.logs())]
    early, again = ('Early', 300, 'a', ('env:prod',)), ('Early', 420, 'a', ('env:prod',))
    assert logs == [early, early, again, again, ('Late', 540, '', ())]
    late = store.logs()[0]
    assert (late.service, late.status, late.source, late.attributes) == ('web', 'error', '', {'http': {'code': 500}})
    spans = {span.service: span for span in store.spans()}
    web = spans['web']
    assert (web.start // 10**9 - start, web.duration, web.error, web.name) == (480, 1_500_000_000, 1, 'web.request')
    assert (web.resource, web.env, web.host, web.parent) == ('GET /', 'prod', 'a', '0')
    assert web.meta == {'http.url': '/x', 'ok': 'True', 'team': 'core'}
    assert web.metrics == {'size': 7.0}
    # Each is a trace of its own.
    assert len({span.trace for span in store.spans()}) == 3


def test_a_point_of_a_distribution_is_one_value(tmp_path):
    monitor = {**MONITOR, 'query': 'percentile(last_5m):p50:took{*} by {service} > 10'}
    ready = plan(
        tmp_path,
        monitor,
        input_series=[{'series': 'took{service:web}', 'values': '1x5 20x9 _x10', 'type': 'distribution'}],
        monitor_test=[
            {'eval_time': '7m', 'exp_groups': {'service:web': {'state': 'OK'}}},
            # Of 1, 1, 20, 20, 20 the median is 20.
            {'eval_time': '8m', 'exp_groups': {'service:web': {'state': 'Alert'}}},
        ],
        query_test=[
            {'query': 'percentile(last_5m):p50:took{*}', 'eval_time': '7m', 'exp_values': {'*': 1}, 'tolerance': 0.01},
            {'query': 'sum(last_5m):count:took{*}', 'eval_time': '7m', 'exp_values': {'*': 5}},
        ],
        mail_test=[{'exp_count': 1}],
    )
    assert rehearse(ready, ready.plans[0]).failures == []


@pytest.mark.parametrize(
    ('test', 'message'),
    [
        ({'log_series': [{'message': 'x'}]}, 'tests[0].log_series[0]: '),
        ({'log_series': [{'message': 'x', 'at': '5m', 'count': 0}]}, 'count: must be 1 or more, not 0'),
        ({'log_series': [{'message': 'x', 'at': '30m'}]}, 'tests[0].log_series[0].at: '),
        (
            {'log_series': [{'at': ['1m', '2m'], 'count': 60_000}]},
            '120,000 events, logs, and spans; at most 100,000 are allowed',
        ),
        ({'span_series': [{'service': 'web', 'at': '5m', 'duration': -1}]}, 'duration: must be 0.0 or more, not -1'),
        ({'span_series': [{'at': '5m'}]}, 'tests[0].span_series[0]'),
    ],
)
def test_what_is_wrong_is_named(tmp_path, test, message):
    with pytest.raises(ScenarioError) as error:
        plan(tmp_path, **test)
    assert message in '\n'.join(map(str, error.value.problems))


def test_an_event_that_is_posted_stays_beside_the_alerts_of_monitors(tmp_path):
    """An alert at the same time is an event as well: https://docs.datadoghq.com/monitors/types/event/"""
    count = {
        'name': 'Deploys',
        'type': 'event-v2 alert',
        'message': '{{event.title}}, {{event.tags.[dot.key]}} @a@b.co',
    }
    count |= {'query': 'events("source:my_apps").rollup("count").last("15m") > 0', 'options': {'thresholds': {}}}
    path = tmp_path / 'scenario.yaml'
    test = {
        'name': 'x', 'start': '2026-11-23T09:00', 'duration': '20m', 'mail_test': [{'text': 'Deployed, five'}],
        'input_series': [{'series': 'a', 'values': 5}],
        'event_series': [{'title': 'Deployed', 'at': '5m', 'tags': ['dot.key:five']}],
    }  # fmt: skip
    path.write_text(yaml.safe_dump({'monitors': [MONITOR, count], 'tests': [test]}))
    ready = prepare(path)
    outcome = rehearse(ready, ready.plans[0])
    assert outcome.failures == []


def test_a_facet_in_braces_is_no_handle(tmp_path):
    """https://docs.datadoghq.com/monitors/notify/variables/ ("Group by facet")"""
    facet = '{{[@http.status_code].name}} {{ @http.status_code }}'
    facet += ' {{#is_match "[@http.status_code].name" "5"}}five{{/is_match}}'
    logs = {
        'name': 'Errors',
        'type': 'log alert',
        'message': f'{facet} @slack-{{{{[@http.status_code].name}}}} @a@b.co',
    }
    logs |= {'query': 'logs("*").index("*").rollup("count").by("@http.status_code").last("5m") > 0'}
    path = tmp_path / 'scenario.yaml'
    test = {
        'name': 'x', 'start': '2026-11-23T09:00', 'duration': '9m',
        'mail_test': [{'text': '500 500 five @slack-500 @a@b.co', 'to': '@slack-500', 'exp_count': 1}],
        'log_series': [{'message': 'x', 'at': '5m', 'attributes': {'http.status_code': 500}}],
    }  # fmt: skip
    path.write_text(yaml.safe_dump({'monitors': [logs | {'options': {'new_group_delay': 0}}], 'tests': [test]}))
    ready = prepare(path)
    outcome = rehearse(ready, ready.plans[0])
    assert outcome.failures == []
    assert not any('renders as nothing' in note for note in outcome.notes)
