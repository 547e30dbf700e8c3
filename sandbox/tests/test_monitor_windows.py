"""Values over moving windows."""

import numpy as np
import pytest
from datadog_sandbox.monitors.readings import growing_windows, windows

NAN = float('nan')


@pytest.mark.parametrize(
    ('aggregator', 'width', 'step', 'values'),
    [
        # 1 2 _ 4 5 6 7 8 9: of 6 columns, 3 apart, which share blocks of 3 columns.
        ('sum', 6, 3, [18, 39]),
        ('avg', 6, 3, [18 / 5, 39 / 6]),
        ('min', 6, 3, [1, 4]),
        ('max', 6, 3, [6, 9]),
        # Of 4 columns, 3 apart: without blocks.
        ('sum', 4, 3, [7, 22]),
        ('avg', 4, 3, [7 / 3, 22 / 4]),
        # Of 4 columns, 2 apart; the last column is in no window.
        ('sum', 4, 2, [7, 15, 26]),
        ('sum', 1, 1, [1, 2, NAN, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_windows_begin_and_end_where_they_should(aggregator: str, width: int, step: int, values: list[float]) -> None:
    cells = np.array([[1, 2, NAN, 4, 5, 6, 7, 8, 9], [NAN] * 9])
    result = windows(cells, width, step, aggregator)
    np.testing.assert_allclose(result[0], values, rtol=1e-15)
    assert np.isnan(result[1]).all()


def test_small_values_are_not_lost_after_a_huge_one() -> None:
    cells = np.array([[1e300, 1, 1, 1, 1, 1, 1, 1]])
    assert windows(cells, 4, 2, 'sum').tolist() == [[1e300, 4, 4]]


def test_a_sum_that_is_too_large_for_a_number_is_no_value() -> None:
    # Warnings are errors here: numpy's about an overflow would be in the log of a server.
    cells = np.array([[1e308, 1e308, 1.0, 2.0, -1e308, -1e308]])
    for aggregator, last in (('sum', 3.0), ('avg', 1.5)):
        assert windows(cells[:, :4], 2, 2, aggregator).tolist()[0][1:] == [last]
        assert np.isnan(windows(cells, 2, 4, aggregator)).all()
    assert np.isnan(growing_windows(np.repeat(cells, 2, axis=1), 4, 4, 'sum')).all()
