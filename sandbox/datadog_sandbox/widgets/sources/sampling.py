"""What a query of a source becomes: series of an account of its own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.query import QueryError, as_word, default_interval
from datadog_sandbox.store import Series, Store, Type

MOST_POINTS = 1500
"""Buckets of a line."""


class Period(NamedTuple):
    """Which records are read: those in [start, end)."""

    store: Store
    start: int
    end: int


class Sampling(NamedTuple):
    """Of which time values are wanted, and where they go."""

    period: Period
    records: Store
    """The account that gets the series."""
    single: bool
    """Whether one value of the whole period is wanted, and not one of each bucket."""
    bars: bool
    variables: Mapping[str, Sequence[str]]
    earlier: int = 0
    """How many seconds before the period a formula looks."""

    def interval(self, milliseconds: Any = None) -> int:
        """Return the seconds of a bucket: those that a query asks for, or the default of the range."""
        length = self.period.end - self.period.start
        if self.single:
            return length
        if not milliseconds:
            return default_interval(length, self.bars)
        if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not milliseconds >= 1:
            raise QueryError(f'compute.interval must be a number of milliseconds, not {str(milliseconds)[:50]!r}')
        return max(round(milliseconds / 1000), 1, -(-length // MOST_POINTS))

    @property
    def origin(self) -> int:
        """Where a bucket begins, in seconds since the epoch."""
        return self.period.start if self.single else 0

    def bucket(self, time: float, interval: int) -> int:
        """Return when the bucket of a moment begins."""
        return self.origin + (int(time) - self.origin) // interval * interval

    def read(self) -> Period:
        """Return the period with what a formula looks at before it."""
        return self.period._replace(start=max(0, self.period.start - self.earlier))

    def series(
        self,
        metric: str,
        keys: Sequence[str],
        values: Iterable[tuple[tuple[str, ...], int, float]],
        interval: int,
        counts: bool = False,
    ) -> str:
        """Add the values of each group and bucket; return the query over them."""
        type_: Type = 'count' if counts else 'gauge'
        self.records.add(
            (Series(metric, '', _tags(keys, group), type_, 0), time, value) for group, time, value in values
        )
        by = f' by {{{",".join(keys)}}}' if keys else ''
        rollup = '' if self.single else f'.rollup(sum, {interval})'
        name = '.'.join(as_word(part) for part in metric.split('.'))
        return f'sum:{name}{{*}}{by}{".as_count()" if counts else ""}{rollup}'


def _tags(keys: Sequence[str], group: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(f'{key}:{value}' for key, value in zip(keys, group, strict=True)))
