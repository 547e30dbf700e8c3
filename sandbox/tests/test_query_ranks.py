"""The old forms of `top()`: https://docs.datadoghq.com/dashboards/functions/rank/."""

import itertools
from collections.abc import Iterator

import pytest
from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store
from querying import ask, put

RISING = 'min', 'last'
"""What rises with the number of a line below; the mean, the maximum, the area, and the norm fall."""
NAMES = {
    f'{word}{limit}{suffix}': (word, limit, suffix.removeprefix('_'))
    for word, limit, suffix in itertools.product(
        ('top', 'bottom'), (5, 10, 15, 20), ('', '_mean', '_min', '_max', '_last', '_area', '_l2norm')
    )
}


@pytest.fixture(scope='module')
def ranked() -> Iterator[Store]:
    """25 lines: of line i 300 - 4i, then i, then 100 + i.

    Its mean is (400 - 2i) / 3, and its squares are (300 - 4i)², i², and (100 + i)², whose sum falls until i is 61.
    """
    store = Store()
    for line in range(1, 26):
        put(store, 'm', {0: 300 - 4 * line, 20: line, 40: 100 + line}, f'line:{line}')
    yield store
    store.close()


@pytest.mark.parametrize('name', NAMES)
def test_a_name_says_how_many_lines_and_by_which_value(ranked: Store, name: str) -> None:
    word, limit, by = NAMES[name]
    lines = ask(ranked, f'{name}(avg:m{{*}} by {{line}})', 60)
    # The last line comes first where the highest is asked for of what rises, or the lowest of what falls.
    backwards = (by in RISING) == (word == 'top')
    first = [25 - place if backwards else 1 + place for place in range(limit)]
    assert list(lines) == [f'line:{line}' for line in first]
    assert lines[f'line:{first[0]}'] == [300 - 4 * first[0], first[0], 100 + first[0]]


@pytest.mark.parametrize('name', ['top6', 'top5_median', 'bottom25', 'top_5'])
def test_other_names_are_none(ranked: Store, name: str) -> None:
    with pytest.raises(QueryError, match=f'the function {name}\\(\\) is not supported'):
        ask(ranked, f'{name}(avg:m{{*}} by {{line}})', 60)
