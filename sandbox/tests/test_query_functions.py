"""The table of functions, and what a function declares."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from datadog_sandbox.query import QueryError, approximations, evaluate, evaluate_formulas, parse
from datadog_sandbox.query.grid import Grid
from datadog_sandbox.query.reference import written_into
from datadog_sandbox.query.registry import FUNCTIONS, Function, Whole, allowed_of, function
from datadog_sandbox.store import Series, Store
from datadog_sandbox.times import DAY, HOUR, WEEK

T = 20_000 * 86_400


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    store.add((Series('m', '', ()), T + 20 * place, value) for place, value in enumerate([1.0, 2.0, 3.0]))
    yield store
    store.close()


@pytest.fixture
def multiplied() -> Iterator[str]:
    """A function that is added as the README says: one function with the decorator."""

    @function()
    def multiplied(lines: Grid, times: Whole, again: Whole = 1) -> Grid:
        """Multiply."""
        return replace(lines, values=lines.values * times * again)

    yield 'multiplied'
    del FUNCTIONS['multiplied']
    parse.cache_clear()


def test_the_readme_has_the_table_of_the_registry():
    readme = (Path(__file__).parents[1] / 'README.md').read_text(encoding='utf-8')
    assert written_into(readme) == readme


def test_another_function_is_one_function(store, multiplied):
    [line] = evaluate(store, 'multiplied(avg:m{*}, 2)', T, T + 60, 20)
    assert line.values.tolist() == [2, 4, 6]
    with pytest.raises(QueryError, match=r'the function multiplie\(\) is not supported: multiplied are$'):
        parse('multiplie(avg:m{*})')


def test_a_function_that_declares_nothing_makes_lines_of_which_single_values_are_made(store, multiplied):
    # Of 2, 4, 6.
    [[line]] = evaluate_formulas(store, {'q': 'avg:m{*}'}, ['multiplied(q, 2)'], T, T + 60, 20, {'q': 'sum'})
    assert line.values.tolist() == [12]


def test_every_function_has_a_summary_and_a_category_of_datadog():
    categories = {
        'algorithms', 'arithmetic', 'count', 'exclusion', 'interpolation', 'rank', 'rate', 'regression', 'remap',
        'rollup', 'smoothing', 'space', 'timeshift',
    }  # fmt: skip
    assert {known.category for known in FUNCTIONS.values()} <= categories
    assert not [name for name, known in FUNCTIONS.items() if not known.summary.endswith(('.', 'week'))]


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        # "1.0 for each point where the query is greater than a constant", "between (exclusive)":
        # https://docs.datadoghq.com/metrics/nested_queries/#boolean-threshold-remapping-functions
        ('is_greater(avg:m{*}, 2)', [0, 0, 1]),
        ('is_less(avg:m{*}, 2)', [1, 0, 0]),
        ('is_between(avg:m{*}, 1, 3)', [0, 1, 0]),
        ('is_between(avg:m{*}, 0.5, 3.5)', [1, 1, 1]),
    ],
)
def test_remapping_to_one_and_zero(store, query, expected):
    [line] = evaluate(store, query, T, T + 80, 20)
    assert line.values.tolist()[:3] == expected


def test_nothing_is_remapped_to_nothing(store):
    [line] = evaluate(store, 'is_less(sum:m{*}.as_count(), 2)', T, T + 80, 20)
    assert np.isnan(line.values[3])


def test_approximated_functions_are_named():
    assert approximations('abs(avg:m{*})') == []
    assert approximations("anomalies(avg:m{*}, 'basic', 2)") == ['anomalies']
    assert approximations("anomalies(q, 'basic', 2)", {'q': 'avg:m{*}'}) == ['anomalies']


CANDIDATES: dict[str, Any] = {
    '1': 1.0, '60': 60.0, '-3600': -3600.0, "'-1d'": '-1d', "'UTC'": 'UTC', "'p95'": 'p95', '{host}': ('host',),
}  # fmt: skip


def sample(known: Function) -> str:
    """Return the arguments that a function needs, after a comma."""
    needed = [parameter for parameter in known.parameters if parameter.default is parameter.empty]
    texts = []
    for parameter in needed:
        allowed = allowed_of(parameter.annotation)
        choices = {f"'{choice}'": choice for choice in get_args(parameter.annotation) if isinstance(choice, str)}
        values = choices | CANDIDATES
        texts.append(next(text for text, value in values.items() if allowed.fits(value)))
    return ''.join(f', {text}' for text in texts)


@pytest.mark.parametrize('name', [*FUNCTIONS])
@pytest.mark.parametrize('metric', ['one', 'gaps', 'none', 'counts'])
def test_every_function_takes_whatever_a_query_finds(store, name, metric):
    """Warnings of numpy are errors here: of empty means, and of divisions by 0."""
    store.add([(Series('one', '', ()), T + 20, 5.0)])
    for host in ('a', 'b', 'c', ''):
        store.add((Series('gaps', host, ()), T + 60 * place, float(place % 4)) for place in range(-50, 30))
        store.add((Series('counts', host, (), 'count', 10), T + 60 * place, 3.0) for place in range(-50, 30))
    text = f'{name}(sum:{metric}{{*}} by {{host}}.as_count(){sample(FUNCTIONS[name])})'
    for start, end, interval in ((T, T + 60, 20), (T - 3600, T + 1800, 60), (T, T + 86_400, None)):
        for line in evaluate(store, text, start, end, interval):
            assert len(line.values) == len(line.times)
            assert np.isfinite(line.values[~np.isnan(line.values)]).all()
            assert line.group.keys() <= {'host'}


@pytest.mark.parametrize('name', [name for name, known in FUNCTIONS.items() if known.local])
# No gap is at the end of these ranges: interpolation would wait for the value after it.
@pytest.mark.parametrize('start', [20, 100, 600])
def test_local_functions_do_not_depend_on_the_range(store, name, start):
    """A monitor reads many windows at once: each value is the same as with a range that begins or ends elsewhere."""
    for host in ('a', 'b'):
        points = {place: place * 2 % 7 for place in range(-60, 60) if place % 11}
        # Now, and where each shift of time looks.
        for back in (0, HOUR, DAY, WEEK, 4 * WEEK):
            now = T - back
            store.add((Series('whole', host, ()), now + 20 * place, float(value)) for place, value in points.items())
    text = f'{name}(avg:whole{{*}} by {{host}}{sample(FUNCTIONS[name])})'
    whole = {str(line.group): line.values for line in evaluate(store, text, T, T + 1200, 20)}
    parts = {str(line.group): line.values for line in evaluate(store, text, T + start, T + start + 400, 20)}
    assert parts.keys() == whole.keys() != set()
    for group, values in parts.items():
        np.testing.assert_allclose(values, whole[group][start // 20 : start // 20 + 20], rtol=1e-12)
