"""What makes a composite monitor alert and recover: the attempts for its monitors, at the same times."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from datadog_sandbox.times import MINUTE

from .shapes import Attempt, Phases

RECORDS = ('event_series', 'log_series', 'span_series')


def attempts(parts: Sequence[Attempt]) -> Iterator[Attempt]:
    """Yield what to try, from an attempt for each monitor, all with the same phases.

    Some of the monitors alert and recover, the likeliest are all of them; the others stay OK. Where a composite alerts
    while a monitor is OK, as `!a` does, they do so twice: the composite then is OK between two alerts, or the reverse.
    """
    numbers = range(len(parts))
    for size in (len(parts), *range(1, len(parts))):
        for alerting in combinations(numbers, size):
            varied = [part if number in alerting else steady(part) for number, part in enumerate(parts)]
            yield together(varied)
            yield together([twice(part) for part in varied])


def together(parts: Sequence[Attempt]) -> Attempt:
    """Return the inputs of several attempts as one; of a series that several have, the first that varies."""
    interval = min(part.interval for part in parts)
    metrics = [own for part in parts for own in _with_interval(part.input_series, part.interval, interval)]
    checks = [own for part in parts for own in _with_interval(part.check_series, part.interval, interval)]
    records = {key: [own for part in parts for own in getattr(part, key)] for key in RECORDS}
    return Attempt(parts[0].phases, interval, _distinct(metrics, 'series'), _distinct(checks, 'check'), **records)


def _with_interval(series: Sequence[Mapping[str, Any]], own: int, common: int) -> list[dict[str, Any]]:
    return [dict(each) if own == common else {**each, 'interval': f'{own}s'} for each in series]


def _distinct(series: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    chosen: dict[str, dict[str, Any]] = {}
    for each in series:
        if each[key] not in chosen or len(chosen[each[key]]['values']) < len(each['values']):
            chosen[each[key]] = each
    return list(chosen.values())


def steady(attempt: Attempt) -> Attempt:
    """Return an attempt that stays good for as long."""
    length = attempt.phases.total
    records: Any = {key: _repeated(getattr(attempt, key), attempt.phases) for key in RECORDS}

    def first(series: Mapping[str, Any]) -> dict[str, Any]:
        step = series['values'][0]
        if 'ramp' in step:
            begin, end = step['ramp']
            step = {**step, 'ramp': [begin, begin + (end - begin) * length / step['for']]}
        return {**series, 'values': [{**step, 'for': length}]}

    return attempt._replace(
        input_series=[first(series) for series in attempt.input_series],
        check_series=[first(series) for series in attempt.check_series],
        **records,
    )


def _repeated(series: Sequence[Mapping[str, Any]], phases: Phases) -> list[dict[str, Any]]:
    """Return the records of the first phase, again and again."""
    good, total = phases.good // MINUTE, phases.total // MINUTE
    repeated = []
    for each in series:
        first = [minute for minute in _minutes(each) if minute < good]
        if first:
            times = [begin + minute for begin in range(0, total, good) for minute in first if begin + minute <= total]
            repeated.append({**each, 'at': [f'{minute}m' for minute in times]})
    return repeated


def twice(attempt: Attempt) -> Attempt:
    """Return an attempt that runs twice, one run after the other."""
    length = attempt.phases.total

    def doubled(series: Mapping[str, Any]) -> dict[str, Any]:
        *steps, last = series['values']
        rest = length - sum(step['for'] for step in steps)
        return {**series, 'values': [*steps, {**last, 'for': rest}, *steps, {**last, 'for': rest}]}

    def again(series: Mapping[str, Any]) -> dict[str, Any]:
        times = _minutes(series)
        return {**series, 'at': [f'{minute}m' for minute in (*times, *(minute + length // MINUTE for minute in times))]}

    records: Any = {key: [again(series) for series in getattr(attempt, key)] for key in RECORDS}
    return attempt._replace(
        phases=Phases(*(2 * phase for phase in attempt.phases)),
        input_series=[doubled(series) for series in attempt.input_series],
        check_series=[doubled(series) for series in attempt.check_series],
        **records,
    )


def _minutes(series: Mapping[str, Any]) -> list[int]:
    return [int(time.removesuffix('m')) for time in series['at']]
