"""Names of queries that are no words.

Datadog kept a dashboard whose queries are `my-query` and `my-query-2`, as recorded in terraform-provider-datadog,
datadog/tests/cassettes/TestAccDatadogDashboardQueryTableFormula.yaml. No page says what a formula makes of a hyphen.
"""

from collections.abc import Iterator

import pytest
from datadog_sandbox import widgets
from datadog_sandbox.query import QueryError, evaluate_formulas, substitute
from datadog_sandbox.query.calculation import check
from datadog_sandbox.store import Log, Series, Store
from datadog_sandbox.widgets.types.timeseries import Timeseries

START = 1_790_000_040
VALUES = {
    'a': 10, 'b': 4, 'a-b': 7, 'my-query': 100, 'my-query-2': 30, '5xx': 8, 'größe': 3, 'a.b': 9, 'e-2': 6, '1-1': 1,
}  # fmt: skip


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    store.add([(Series('m', '', (f'n:{name}',)), START, float(value)) for name, value in VALUES.items()])
    yield store
    store.close()


def queries(names: str) -> dict[str, str]:
    return {name: f'avg:m{{n:{name}}}' for name in names.split()}


@pytest.mark.parametrize(
    'formula, names, value',
    [
        ('my-query-2 / my-query * 100', 'my-query my-query-2', 30),
        ('my-query-2-my-query', 'my-query my-query-2', -70),
        ('abs(my-query-2-my-query)', 'my-query-2 my-query', 70),
        # Without a query of that name it is a subtraction, and so it is with spaces.
        ('a-b', 'a b', 6),
        ('a-b', 'a b a-b', 7),
        ('a - b', 'a b a-b', 6),
        ('a*a-b', 'a b a-b', 70),
        ('-a-b', 'a b a-b', -7),
        ('my-query-2.5', 'my-query my-query-2', 97.5),
        ('my-query-20', 'my-query my-query-2', 80),
        ('5xx / a', '5xx a', 0.8),
        ('a.b + 1', 'a.b', 10),
        ('größe * 2', 'größe', 6),
        ("top(e-2, 10, 'mean', 'desc')", 'e-2', 6),
        # What has no letter is a number.
        ('a + 1-1', 'a 1-1', 10),
    ],
)
def test_the_longest_name_wins(store: Store, formula: str, names: str, value: float) -> None:
    for summaries in (None, {}):
        [[line]] = evaluate_formulas(store, queries(names), [formula], START, START + 60, 60, summaries)
        assert line.values.tolist() == [pytest.approx(value)]


@pytest.mark.parametrize(
    'formula, names, message',
    [
        ('my-query-20', 'my-query-2', 'Formula "my-query-20": my is not a query of this request: my-query-2'),
        ('q * my-query', 'my-query', 'Formula "q * my-query": q is not a query of this request: my-query'),
        ('my-query * )', 'my-query', 'Query "my-query * )", column 12: unexpected ")", where '),
    ],
)
def test_an_error_has_the_names_as_they_were_written(store: Store, formula: str, names: str, message: str) -> None:
    with pytest.raises(QueryError) as error:
        evaluate_formulas(store, queries(names), [formula], START, START + 60)
    assert str(error.value).startswith(message)


def test_a_monitor_of_records_knows_them_too() -> None:
    assert check('not-ok / all * 100', {'not-ok': ('service',), 'all': ('service',)}) == ('service',)


@pytest.mark.parametrize('name', ['5xx-logs', 'a.b'])
def test_a_widget_of_another_source_has_them_too(store: Store, name: str) -> None:
    """A request of logs is read for as long as its formula looks back, an hour here."""
    store.add_logs(Log(0, (START - 600) * 1000, 'a', 'web', '', 'info', 'x', (), {}) for _ in range(3))
    compute = {'aggregation': 'count', 'interval': 60_000}
    definition = {
        'type': 'timeseries',
        'requests': [{
            'response_format': 'timeseries',
            'queries': [{'data_source': 'logs', 'name': name, 'search': {'query': ''}, 'compute': compute}],
            'formulas': [{'formula': f'hour_before({name})'}],
        }],
    }  # fmt: skip
    widget = widgets.evaluate(store, definition, {}, START, START + 3600).content
    assert isinstance(widget, Timeseries)
    [curve] = widget.chart.curves
    assert curve.name == f'hour_before(sum:logs.{name}{{*}}.as_count().rollup(sum, 60))'
    assert curve.values[curve.values > 0].tolist() == [3]


@pytest.mark.parametrize(
    'formula, written',
    [
        ('a-b / a', 'X / Y'),
        ('a(a) + "a" + \'a-b\' + ab', 'a(Y) + "a" + \'a-b\' + ab'),
        ('a-b-a', 'X-Y'),
    ],
)
def test_queries_are_written_in_the_places_of_their_names(formula: str, written: str) -> None:
    assert substitute(formula, {'a': 'Y', 'a-b': 'X', '': 'Z'}) == written
