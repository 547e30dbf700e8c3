"""How numbers are written."""

import math

import pytest
from datadog_sandbox.numerals import numeral, rounded


@pytest.mark.parametrize(
    ('value', 'written'),
    [
        (-(2.0**53), '-9007199254740992'), (0.0, '0'), (-0.0, '0'), (5, '5'), (0.1 + 0.2, '0.3'), (1e300, '1e+300'),
        (1 / 3, '0.3333333333'), (math.nan, 'nan'), (-math.inf, '-inf'),
    ],
)  # fmt: skip
def test_a_number_is_written_in_full(value: float, written: str) -> None:
    assert numeral(value) == written


@pytest.mark.parametrize(
    ('value', 'limits', 'short'),
    [
        (307.2385201, (250.0,), 307.2), (0.123456, (), 0.1235), (12345.678, (), 12346.0), (-99.994, (), -99.99),
        (1e-9 / 3, (), 3.333e-10), (0.0, (0.0,), 0.0), (math.nan, (1.0,), math.nan), (math.inf, (), math.inf),
        # What it is compared with must not look the same, or be on the other side.
        (800.04, (800.0,), 800.04), (799.96, (800.0,), 799.96), (800.0, (800.0,), 800.0), (800.6, (800.0, None), 800.6),
    ],
)  # fmt: skip
def test_a_value_has_four_digits_unless_a_limit_is_nearer(
    value: float, limits: tuple[float | None, ...], short: float
) -> None:
    assert rounded(value, *limits) == pytest.approx(short, rel=1e-12, abs=0, nan_ok=True)
