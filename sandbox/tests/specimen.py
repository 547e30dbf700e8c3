"""An account with something of everything in it, for the tests of the pages. Some of its texts are hostile."""

import json
import math
from datetime import UTC, datetime
from typing import Any

from datadog_sandbox.store import Log, Series, ServiceCheck, Span, Store, TraceStat

SCRIPT = '<script>document.title = "owned"</script>'
IMAGE = '<img src=x onerror="document.title = \'owned\'">'
# Everything after it is shown from right to left.
OVERRIDE = '\u202eright'
HOSTILE = f'{SCRIPT}{IMAGE}"\'{OVERRIDE}'

TIMEBOARD = {
    'id': 'abc-def-ghi',
    'title': f'Timeboard {HOSTILE}',
    'description': f'## Heading\n\n{SCRIPT} [safe](https://example.com) [unsafe](javascript:alert(1))',
    'layout_type': 'ordered',
    'reflow_type': 'auto',
    'url': '/dashboard/abc-def-ghi/timeboard',
    'template_variables': [{'name': 'host', 'prefix': 'host', 'available_values': [], 'defaults': ['*']}],
}


def request(text: str, display: str = 'line') -> dict[str, Any]:
    query = {'data_source': 'metrics', 'name': 'query1', 'query': text}
    return {
        'response_format': 'timeseries',
        'queries': [query],
        'formulas': [{'formula': 'query1'}],
        'display_type': display,
    }


def scalar(text: str) -> dict[str, Any]:
    query = {'data_source': 'metrics', 'name': 'query1', 'query': text, 'aggregator': 'avg'}
    return {'response_format': 'scalar', 'queries': [query], 'formulas': [{'formula': 'query1'}]}


WIDGETS = [
    {'type': 'timeseries', 'title': 'Wave', 'requests': [request('avg:test.wave{$host}')]},
    {'type': 'timeseries', 'title': f'By host {HOSTILE}', 'requests': [request('avg:test.wave{$host} by {host}')]},
    {'type': 'timeseries', 'title': 'Bars', 'requests': [request('sum:test.wave{$host}.rollup(sum, 600)', 'bars')]},
    {'type': 'query_value', 'title': 'Average', 'precision': 1, 'requests': [scalar('avg:test.wave{$host}')]},
    {'type': 'toplist', 'title': 'Top', 'requests': [scalar('avg:test.wave{$host} by {host}')]},
    {'type': 'note', 'content': f'**Note** {SCRIPT}\n\n[unsafe](javascript:alert(1)) ![picture](https://example.com/x.png)'},
    {'type': 'timeseries', 'title': 'Empty', 'requests': [request('avg:test.missing{$host}')]},
    {'type': 'timeseries', 'title': 'Wrong', 'requests': [request('avg:test.wave{*}.nonsense()')]},
    {'type': 'funnel', 'title': 'Not drawn', 'requests': []},
    {
        'type': 'group',
        'title': 'Group',
        'layout_type': 'ordered',
        'widgets': [
            {'definition': {'type': 'timeseries', 'title': 'Area', 'requests': [request('avg:test.wave{*}', 'area')]}},
        ],
    },
]  # fmt: skip

MONITOR = {
    'id': 1,
    'name': f'Wave {HOSTILE}',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:test.wave{*} by {host} > 800',
    'message': f'{{{{#is_alert}}}}High: {{{{value}}}} {SCRIPT} @you@example.com{{{{/is_alert}}}}',
    'tags': ['team:web', HOSTILE],
    'options': {'thresholds': {'critical': 800, 'warning': 500}, 'new_group_delay': 0},
    'priority': None,
    'created': '2026-11-17T00:00:00.000000+00:00',
    'creator': {'handle': 'owner@sandbox.invalid'},
}


def fill(store: Store, now: int) -> None:
    """Put two hours of data before a moment into a store."""
    for name, tags in {'web-1': ('env:prod', HOSTILE), HOSTILE: ('env:"quoted"',)}.items():
        store.add_host(name, tags, {'agentVersion': '7.82.1'}, now - 12)
        wave = Series('test.wave', name, (f'device:{HOSTILE}',))
        store.add((wave, time, 300 + 100 * math.sin(time / 600)) for time in range(now - 7200, now + 1, 15))
    store.add_service_checks([
        ServiceCheck('test.up', 'web-1', ('port:1',), 0, now - 9, ''),
        ServiceCheck('test.connect', 'web-1', (), 2, now - 9, HOSTILE),
    ])  # fmt: skip
    second = 1_000_000_000
    store.add_spans([
        Span('77', '1', '0', 'web', 'flask.request', 'GET /', 'web', (now - 60) * second, 40_000_000, 1, 'web-1',
             'prod', {'http.url': HOSTILE}, {'size': 3.0}),
        Span('77', '2', '1', 'db', 'mysql.query', HOSTILE, 'sql', (now - 60) * second + 10_000_000, 20_000_000, 0,
             'web-1', 'prod', {}, {}),
    ])  # fmt: skip
    store.add_trace_stats([
        TraceStat('web', 'flask.request', 'GET /', 200, 'web-1', now - 60, 8, 2, 400_000_000),
        TraceStat('db', 'mysql.query', HOSTILE, 0, 'web-1', now - 60, 4, 0, 80_000_000),
    ])  # fmt: skip
    store.count_received('POST', '/api/v2/series', True, 2_000, 30, now - 5)
    store.count_received('POST', f'/api/{SCRIPT}', False, 10, 0, now - 5)
    store.save('metric metadata', 'test.wave', {'description': HOSTILE, 'unit': HOSTILE})
    store.save('event', 5, event(now))
    store.add_logs([
        Log(0, (now - 30) * 1000, HOSTILE, HOSTILE, HOSTILE, 'error', f'Failed {HOSTILE}', ('env:prod', HOSTILE),
            {'key': HOSTILE, HOSTILE: {'status_code': 500}}),
    ])  # fmt: skip
    widgets = [{'id': number, 'definition': widget} for number, widget in enumerate(WIDGETS, 1)]
    store.save('dashboard', 'abc-def-ghi', TIMEBOARD | {'widgets': widgets})
    store.save('monitor', 1, MONITOR)
    store.save('downtime', 'd-1', downtime(f'Silent at night {HOSTILE}', now))
    store.add_mail(now - 60, {
        'to': ['you@example.com'],
        'subject': f'[Triggered] {HOSTILE}',
        'text': f'As text {SCRIPT}',
        'html': f'<p>As <b>HTML</b>{SCRIPT.replace("document", "parent.document")}</p><!--graph--><!--links-->',
        'monitor': 9, 'group': f'host:{HOSTILE}', 'status': 'Alert',
        'links': [(f'View {HOSTILE}', f'/infrastructure?hostname={HOSTILE}')],
    })  # fmt: skip


def event(now: int) -> dict[str, Any]:
    return {
        'id': 5,
        'date_happened': now - 90,
        'title': f'Deployed {HOSTILE}',
        'text': f'**Done** {SCRIPT} [unsafe](javascript:alert(1)) ![picture](https://example.com/x.png)',
        'alert_type': 'error',
        'priority': 'low',
        'source': HOSTILE,
        'tags': ['env:prod', HOSTILE],
        'host': HOSTILE,
    }


def downtime(message: str, now: int) -> dict[str, Any]:
    return {
        'id': 'd-1',
        'type': 'downtime',
        'attributes': {
            'message': message,
            'scope': 'host:nowhere',
            'canceled': None,
            'created': datetime.fromtimestamp(now - 86_400, UTC).isoformat(),
            'monitor_identifier': {'monitor_id': 1},
            'schedule': {
                'timezone': 'Europe/Paris',
                'recurrences': [
                    {'rrule': 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'duration': '14h', 'start': '2026-11-16T19:00'}
                ],
            },
        },
    }


class Panel:
    """What an application that embeds the server may show: it holds a value."""

    title = 'Rehearsal'
    note = f'Of the instances {SCRIPT}'
    choices = (('Random', 'random'), ('Hold at 900', '900'))
    other = 'Any value'
    metric = 'test.wave'
    hints = {'test.missing': 'It comes with another sender.'}

    def __init__(self) -> None:
        self.value = 'random'

    @property
    def silent(self) -> bool:
        return self.value == 'silent'

    @property
    def status(self) -> str:
        return f'The value is {self.value}.'

    def choose(self, value: str) -> None:
        if value not in ('random', 'silent') and not value.isdecimal():
            raise ValueError(f'the value {json.dumps(value)} is not random or a number')
        self.value = value
