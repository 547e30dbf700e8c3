"""Variables of what a monitor found: "Matching attribute/tag variables" and "Reserved attributes" of
https://docs.datadoghq.com/monitors/notify/variables/
"""

import pytest
from datadog_sandbox.account import Account
from datadog_sandbox.records.variables import of_event
from datadog_sandbox.store import Log, Span, Store
from monitoring import MINUTE, START

QUERIES = {
    'log alert': 'logs("status:error").index("*").rollup("count").by("@code").last("5m") > 0',
    'trace-analytics alert': 'trace-analytics("status:error").rollup("count").by("service").last("5m") > 0',
    'event-v2 alert': 'events("deploy").rollup("count").last("5m") > 0',
}


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def mail(store, type_, message, **options):
    """Return the message of the first mail that has more than a mention."""
    store.save('monitor', 1, {
        'id': 1, 'type': type_, 'name': 'x', 'message': f'{message} @ops@example.com', 'query': QUERIES[type_],
        'tags': [], 'options': {'new_group_delay': 0, 'thresholds': {}, **options}, 'created': '2026-01-01T00:00:00Z',
    })  # fmt: skip
    account = Account(store)
    for minute in range(4):
        account.advance(START + minute * MINUTE)
    texts = [mail.body['text'].split('@ops')[0].strip() for mail in store.mails()]
    return next(text for text in texts if text)


def test_an_event_without_fields_has_empty_variables(store):
    assert of_event(store, {'date_happened': START}) == {
        **dict.fromkeys(('id', 'title', 'text', 'host', 'host.name', 'tags'), ''),
        'timestamp': f'{START}000', 'attributes.date_happened': str(START),
    }  # fmt: skip


def log(store, minute, message, code, **attributes):
    attributes = {'code': code, 'dd': {'trace_id': '77'}, **attributes}
    time = (START + minute * MINUTE) * 1000
    store.add_logs([Log(0, time, 'a', 'web', 'nginx', 'error', message, ('env:prod', 'env:eu', 'a.b:c'), attributes)])


def test_a_log_of_the_group_the_latest(store):
    log(store, 0.5, 'First', 500)
    log(store, 0.8, 'Second', 500, error={'message': 'Broken <pipe>', 'codes': [1, 2.5]}, slow=True)
    log(store, 0.9, 'Of another group', 404)
    store.save_user_tags('a', {'users': ['rack:7']})
    text = mail(
        store,
        'log alert',
        '{{#is_match "@code.name" "500"}}{{log.message}}|{{log.service}}|{{log.status}}|{{log.source}}|'
        '{{log.attributes.[error.message]}}|{{log.attributes.error.codes}}|{{log.attributes.slow}}|{{log.tags.env}}|'
        '{{log.tags.[a.b]}}|{{log.tags.rack}}|{{log.trace_id}}|{{log.span_id}}|{{log.timestamp}}|'
        '{{log.attributes.none}}{{/is_match}}',
    )
    stamp = int((START + 0.8 * MINUTE) * 1000)
    assert text == f'Second|web|error|nginx|Broken &lt;pipe&gt;|1,2.5|true|eu,prod|c|7|77||{stamp}|'


def test_a_link_to_what_was_found(store):
    log(store, 0.5, 'First', 500)
    start, end = (START - 4 * MINUTE) * 1000, (START + MINUTE) * 1000
    assert mail(store, 'log alert', '{{log.link}}') == f'/logs?query=status%3Aerror&from_ts={start}&to_ts={end}'


def test_an_evaluation_delay_moves_what_is_found(store):
    log(store, 0.5, 'First', 500)
    log(store, 1.5, 'After the window', 500)
    # At 2, the window ends at 1.
    assert mail(store, 'log alert', '{{log.message}}', evaluation_delay=60) == 'First'


def test_a_span(store):
    store.add_spans([
        Span('12', '34', '0', 'web', 'http.request', 'GET /', 'web', int((START + 30) * 1e9), 2_000_000, 1, 'a', 'prod',
             {'http.url': '/x'}, {'_dd.measured': 1.0}),
    ])  # fmt: skip
    text = mail(
        store,
        'trace-analytics alert',
        '{{service.name}}|{{span.env}}|{{span.operation_name}}|{{span.resource_name}}|{{span.service}}|{{span.status}}|'
        '{{span.span_id}}|{{span.trace_id}}|{{span.type}}|{{span.timestamp}}|{{span.attributes.[http.url]}}|'
        '{{span.attributes.duration}}|{{span.tags.host}}',
    )
    stamp = (START + 30) * 1000
    assert text == f'web|prod|http.request|GET /|web|error|34|12|web|{stamp}|/x|2000000|a'


def test_an_event(store):
    store.save('event', 9, {
        'id': 9, 'title': 'deploy of web', 'text': 'By "Ann" & co', 'date_happened': START + 30, 'host': 'a',
        'tags': ['team:core', 'v.x:3'], 'alert_type': 'info', 'source': 'ci', 'priority': 'normal',
    })  # fmt: skip
    text = mail(
        store,
        'event-v2 alert',
        '{{event.title}}|{{{event.text}}}|{{event.host.name}}|{{event.tags.team}}|{{ event.tags.[v.x] }}|'
        '{{event.tags}}|{{event.attributes.source}}',
    )
    assert text == 'deploy of web|By "Ann" & co|a|core|3|team:core,v.x:3|ci'
