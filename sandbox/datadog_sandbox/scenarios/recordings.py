"""Recorded series: responses of Datadog's query API, and CSV.

Responses of `GET /api/v1/query` and `POST /api/v2/query/timeseries` are read as documented. A CSV has a column of times
and either a column `value` (the other columns are tags) or a column for each series, as graphs export them.
"""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from datadog_sandbox import files

TIME_COLUMNS = ('time', 'timestamp', 'date', 'datetime', 'ts')
TAG_COLUMNS = ('tags', 'group', 'scope', 'tag_set', 'group_tags')
HEAD = re.compile(r'(?:\w+:)?([A-Za-z][\w.]*)\s*\{([^{}]*)\}')
MILLISECONDS = 10**11
"""A number above this is a time in milliseconds: in seconds, it would be after the year 5000."""


class Recording(NamedTuple):
    """A series; its times are seconds since the epoch, in ascending order."""

    metric: str
    """Empty where the file does not name it."""
    tags: tuple[str, ...]
    points: list[tuple[int, float]]

    @property
    def interval(self) -> int:
        """The fewest seconds between two points; 60 for a single point."""
        gaps = [after[0] - before[0] for before, after in zip(self.points, self.points[1:], strict=False)]
        return min(gaps, default=60)


class RecordingError(ValueError):
    """Says in one line why no series can be read from a file."""


def read(path: Path) -> list[Recording]:
    """Return the series of a file that have points. Raises `RecordingError`."""
    try:
        text = files.read(path).decode('utf-8-sig')
    except (files.UnreadableError, UnicodeDecodeError) as error:
        raise RecordingError(f'{path}: {error}') from error
    try:
        recordings = list(_json(text) if text.lstrip()[:1] in ('{', '[') else _csv(text))
    except RecordingError as error:
        raise RecordingError(f'{path}: {error}') from None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, csv.Error) as error:
        message = 'this is neither a response of the query API, v1 or v2, nor a CSV of times and values'
        raise RecordingError(f'{path}: {message}: {type(error).__name__}: {error}') from error
    recordings = [recording for recording in recordings if recording.points]
    if not recordings:
        raise RecordingError(f'{path}: there is no series with a point in it')
    return recordings


def _json(text: str) -> Iterator[Recording]:
    content = json.loads(text)
    if 'series' in content:
        return _v1(content)
    data = content['data']
    return _v2(data['attributes'] if isinstance(data, Mapping) else data[0]['attributes'])


def _v1(content: Mapping[str, Any]) -> Iterator[Recording]:
    for series in content['series']:
        tags = list(series.get('tag_set') or [])
        tags += [tag for tag in _tags(series.get('scope') or '') if tag not in tags]
        points = [(_seconds(time), value) for time, value in series['pointlist']]
        yield Recording(str(series.get('metric') or ''), _sorted(tags), _points(points))


def _v2(attributes: Mapping[str, Any]) -> Iterator[Recording]:
    times = [_seconds(time) for time in attributes['times']]
    for series, values in zip(attributes['series'], attributes['values'], strict=True):
        yield Recording('', _sorted(series.get('group_tags') or []), _points(zip(times, values, strict=True)))


def _csv(text: str) -> Iterator[Recording]:
    rows = [row for row in csv.reader(io.StringIO(text), csv.Sniffer().sniff(text[:4096], ',;\t')) if any(row)]
    header, body = [cell.strip() for cell in rows[0]], rows[1:]
    if _is_time(header[0]):
        # Without a header: times and values.
        header, body = ['time', 'value', *header[2:]], rows
    names = [name.lower() for name in header]
    time = next((names.index(name) for name in TIME_COLUMNS if name in names), 0)
    if 'value' in names:
        return _long(names, header, body, time)
    return _wide(header, body, time)


def _long(names: Sequence[str], header: Sequence[str], rows: Sequence[Sequence[str]], time: int) -> Iterator[Recording]:
    """Yield the series of a CSV with a row for each point: a time, a value, and tags."""
    value = names.index('value')
    series: dict[tuple[str, tuple[str, ...]], list[Any]] = {}
    for row in rows:
        metric, tags = '', list[str]()
        for index, cell in enumerate(row):
            if index in (time, value) or not cell:
                continue
            if names[index] == 'metric':
                metric = cell
            else:
                tags += _tags(cell) if names[index] in TAG_COLUMNS else [f'{header[index]}:{cell}']
        series.setdefault((metric, _sorted(tags)), []).append((_seconds(row[time]), row[value]))
    for (metric, all_tags), points in series.items():
        yield Recording(metric, all_tags, _points(points))


def _wide(header: Sequence[str], rows: Sequence[Sequence[str]], time: int) -> Iterator[Recording]:
    """Yield the series of a CSV with a column for each, whose head is a query, tags, or a metric."""
    for index, head in enumerate(header):
        if index != time:
            points = [(_seconds(row[time]), row[index]) for row in rows if index < len(row)]
            match = HEAD.search(head)
            metric, scope = (match[1], match[2]) if match else (head, '') if ':' not in head else ('', head)
            yield Recording(metric if re.fullmatch(r'[A-Za-z][\w.]*', metric) else '', _tags(scope), _points(points))


def _tags(scope: str) -> tuple[str, ...]:
    tags = [tag.strip() for tag in scope.split(',')]
    return _sorted(tag for tag in tags if tag and tag != '*' and tag[0] not in '!-$')


def _sorted(tags: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(set(map(str, tags))))


def _points(points: Iterable[tuple[int, Any]]) -> list[tuple[int, float]]:
    """Return the points that have a value, by time."""
    numbers = {time: float(value) for time, value in points if value not in (None, '', 'null', 'None', '-')}
    return sorted((time, value) for time, value in numbers.items() if math.isfinite(value))


def _is_time(cell: str) -> bool:
    try:
        _seconds(cell)
    except ValueError:
        return False
    return True


def _seconds(time: Any) -> int:
    """Return a time in seconds, from seconds or milliseconds since the epoch, or ISO 8601 (UTC without an offset)."""
    try:
        number = float(time)
    except ValueError:
        moment = datetime.fromisoformat(str(time).strip())
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    if not math.isfinite(number):
        raise ValueError(f'{time!r} is not a time')
    return int(number / 1000 if number > MILLISECONDS else number)
