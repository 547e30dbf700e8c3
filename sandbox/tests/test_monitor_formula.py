"""Monitors of formulas over searches, with `options.variables`: https://docs.datadoghq.com/monitors/types/log/"""

import monitoring
import pytest
from datadog_sandbox import monitors
from datadog_sandbox.monitors import evaluate
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Log, Span, Store
from monitoring import MINUTE, START, history, minutes


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def write(store, minute, number=1, status='info', service='web', **attributes):
    time = (START + minute * MINUTE) * 1000
    store.add_logs([Log(0, time, 'a', service, '', status, 'x', (), attributes) for _ in range(number)])


def variable(name, search, *by, source='logs', aggregation='count', metric=None, **more):
    compute = {'aggregation': aggregation} | ({'metric': metric} if metric else {})
    groups = [{'facet': facet} | more for facet in by]
    return {
        'name': name, 'data_source': source, 'search': {'query': search}, 'compute': compute, 'group_by': groups,
        'indexes': ['*'],
    }  # fmt: skip


def make(query, *variables, type_='log alert', **options):
    return monitoring.make(query, type_=type_, variables=list(variables), **options)


FAILED, TOTAL = variable('failed', 'status:error'), variable('total', '')
RATIO = 'formula("(failed / total) * 100").last("5m") > 30'


def test_a_ratio_over_time(store):
    write(store, 1, 9)
    write(store, 3, 3)
    write(store, 6, 7, 'error')
    evaluate(store, make(RATIO, FAILED, TOTAL), minutes(15))
    # At 6, 7 of 10: those of minute 1 are out of (1, 6]. At 11 there is nothing, so no value.
    assert history(store)[:2] == [(0, '*', 'OK'), (6, '*', 'Alert')]
    values = monitors.values(store, make(RATIO, FAILED, TOTAL), START + 6 * MINUTE)
    assert values == {'*': pytest.approx(70)}


def test_a_group_in_which_nothing_failed_has_no_failures(store):
    write(store, 1, 4)
    write(store, 1, 2, service='db')
    write(store, 1, 4, 'error')
    monitor = make(RATIO, variable('failed', 'status:error', 'service'), variable('total', '', 'service'))
    assert monitors.values(store, monitor, START + MINUTE) == {'service:web': 50, 'service:db': 0}


def test_measures_of_several_sources_and_a_function(store):
    write(store, 1, took=4)
    write(store, 1, took=8)
    store.add_spans([
        Span('t', str(place), '0', 'web', 'http', '', 'web', START * 10**9 + place, 1, 0, 'a', 'prod', {}, {})
        for place in range(1, 4)
    ])  # fmt: skip
    monitor = make(
        'formula("abs(spans - took) + 0.5").last("5m") > 3',
        variable('took', '*', aggregation='max', metric='@took'),
        variable('spans', 'service:web', source='spans'),
    )
    assert monitors.values(store, monitor, START + MINUTE) == {'*': 5.5}


def test_a_limit_is_remarked():
    limited = variable('total', '', 'service', limit=10)
    remarks = monitors.remarks(make('formula("total").last("5m") > 3', limited))
    assert [remark.code for remark in remarks] == ['variables-limit']
    assert monitors.remarks(make(RATIO, FAILED, TOTAL)) == []


@pytest.mark.parametrize(
    ('query', 'variables', 'message'),
    [
        ('formula("failed / all").last("5m") > 1', [FAILED], 'all is not one of its variables: failed'),
        ('formula("failed").last("5m") > 1', [], 'failed is not one of its variables: there are none'),
        ('formula("1 + 1").last("5m") > 1', [FAILED], 'it names none of its variables'),
        ('formula("derivative(failed)").last("5m") > 1', [FAILED], 'derivative() needs lines'),
        ('formula("avg:a{*}").last("5m") > 1', [FAILED], 'write the name of a variable, not avg:a{*}'),
        ('formula("failed").rollup("sum").last("5m") > 1', [FAILED], 'it must be like formula("failed / total * 100")'),
        ('formula("failed").last("9d") > 1', [FAILED], '.last() takes 1m to 48h'),
        ('formula("a").last("5m") > 1', [variable('a', 'x', source='rum')], 'the data source rum of a is not'),
        ('formula("a").last("5m") > 1', [{'data_source': 'logs'}], 'options.variables[0] has no name'),
        (
            'formula("a / b").last("5m") > 1',
            [variable('a', '', 'service'), variable('b', '', 'host')],
            'queries grouped by {service} and by {host} do not match',
        ),
        ('formula("a").last("5m") > 1', [variable('a', '', aggregation='mode')], 'The aggregation mode is not one of'),
    ],
)  # fmt: skip
def test_what_is_not_evaluated_says_so(query, variables, message):
    with pytest.raises(QueryError) as error:
        monitors.parse(make(query, *variables))
    assert message in str(error.value)
