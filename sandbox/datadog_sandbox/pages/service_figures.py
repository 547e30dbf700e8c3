"""What services did in a time: requests and errors of the trace Agent's statistics, latencies of the spans kept.

A service without statistics is counted by the spans that begin its part of a trace.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from datadog_sandbox.records.spans import NANOSECONDS
from datadog_sandbox.store import Series, Span, Store, TraceStat, sketch_of

SPANS = 20_000
"""Spans that are looked at, the latest."""
BUCKET = 10
"""Seconds of the statistics of an Agent."""
PERCENTILES = (50, 95, 99)


class Key(NamedTuple):
    service: str
    operation: str
    resource: str


@dataclass
class Figures:
    """What a service did for one resource, or all of it."""

    hits: int = 0
    errors: int = 0
    duration: int = 0
    """Nanoseconds, of all hits together."""
    latencies: list[int] = field(default_factory=list)
    """Of the spans that are kept, in nanoseconds."""

    @property
    def error_rate(self) -> float:
        """In percent."""
        return 100 * self.errors / self.hits if self.hits else 0.0

    @property
    def average(self) -> float:
        """Nanoseconds."""
        return self.duration / self.hits if self.hits else 0.0

    @property
    def percentiles(self) -> list[int]:
        """Return p50, p95, and p99: latencies that spans had; nothing where none is kept."""
        if not self.latencies:
            return []
        return [int(each) for each in np.percentile(self.latencies, PERCENTILES, method='inverted_cdf')]


class Period(NamedTuple):
    """What is kept of a time."""

    stats: Sequence[TraceStat]
    spans: Sequence[Span]
    """The latest ones come first."""
    counted: frozenset[str]
    """The services that have statistics."""


def read(store: Store, start: int, end: int, service: str | None = None) -> Period:
    """Return what is kept of [start, end), in seconds; of one service, if so asked."""
    spans = store.spans(start * NANOSECONDS, end * NANOSECONDS, limit=SPANS)
    # A bucket counts if it begins in the time.
    stats = store.trace_stats(start, end)
    counted = frozenset(stat.service for stat in stats if stat.hits)
    if service is not None:
        stats = [stat for stat in stats if stat.service == service]
    return Period(stats, spans, counted)


def figures(period: Period) -> dict[Key, Figures]:
    """Return the figures of each resource."""
    totals: dict[Key, Figures] = defaultdict(Figures)
    for stat in period.stats:
        total = totals[Key(stat.service, stat.name, stat.resource)]
        total.hits += stat.hits
        total.errors += stat.errors
        total.duration += stat.duration
    for span in entries(period):
        total = totals[Key(span.service, span.name, span.resource)]
        total.hits += 1
        total.errors += bool(span.error)
        total.duration += span.duration
    for span in period.spans:
        if (key := Key(span.service, span.name, span.resource)) in totals:
            totals[key].latencies.append(span.duration)
    return {key: total for key, total in totals.items() if total.hits}


def entries(period: Period) -> Iterator[Span]:
    """Yield the spans with which services without statistics begin their part of a trace."""
    services = {(span.trace, span.id): span.service for span in period.spans}
    for span in period.spans:
        if span.service not in period.counted and services.get((span.trace, span.parent)) != span.service:
            yield span


def total(every: Iterable[Figures]) -> Figures:
    """Return figures together."""
    sum_ = Figures()
    for each in every:
        sum_.hits += each.hits
        sum_.errors += each.errors
        sum_.duration += each.duration
        sum_.latencies += each.latencies
    return sum_


@contextmanager
def as_series(period: Period, service: str, step: int) -> Iterator[Store]:
    """Return an account with `requests`, `errors`, and `latency` of a service over time, for widgets to draw.

    Latencies are in seconds, those of `step` seconds together. Each has the tag `resource`.
    """
    stats = [stat for stat in period.stats if stat.service == service]
    counts: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for resource, time, hits, errors in (
        *((stat.resource, stat.time, stat.hits, stat.errors) for stat in stats),
        *((span.resource, _bucket(span), 1, bool(span.error)) for span in entries(period) if span.service == service),
    ):
        count = counts[resource, time]
        count[0] += hits
        count[1] += errors
    latencies = defaultdict(list)
    for span in period.spans:
        if span.service == service:
            latencies[span.resource, _bucket(span, step)].append(span.duration / NANOSECONDS)
    with closing(Store()) as store:
        store.add(
            (Series(metric, '', (f'resource:{resource}',), 'count', BUCKET), time, float(value))
            for (resource, time), count in counts.items()
            for metric, value in zip(('requests', 'errors'), count, strict=True)
        )
        store.add_sketches(
            sketch_of(Series('latency', '', (f'resource:{resource}',), 'distribution', step), time, values)
            for (resource, time), values in latencies.items()
        )
        yield store


def _bucket(span: Span, step: int = BUCKET) -> int:
    return span.start // NANOSECONDS // step * step
