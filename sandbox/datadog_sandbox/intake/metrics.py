"""Points of metrics, from Agents and clients."""

from functools import lru_cache
from math import isfinite
from types import NoneType
from typing import Any

from google.protobuf.message import DecodeError

from datadog_sandbox import payload_pb2
from datadog_sandbox.http import Refused, parse_json
from datadog_sandbox.payload_pb2 import MetricPoints
from datadog_sandbox.store import Point, Series, Type

from .fields import list_of, metric_name, normal_tags, number_of, object_of, string_of, tags_of, whole_of
from .model import AHEAD, Batch, Window

TYPES: tuple[Type, ...] = ('gauge', 'count', 'rate', 'gauge')
"""The types by their numbers in API v2, where 0 is unspecified."""
MAX_INTERVAL = 2**31
MAX_CACHED = 1024
"""Most bytes of a series, without its points, that is cached once decoded: bounds the memory."""


def metrics_v2_protobuf(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v2/series` of an Agent, which sends the host and the `device` tag as resources."""
    points: list[Point] = []
    oldest, latest = window.oldest, window.now + AHEAD
    try:
        # This loop must be fast: an Agent sends thousands of series at once.
        for posted in MetricPoints.FromString(body).series:
            # A slice, as iterating over protobuf is slow; it also survives `ClearField`.
            posted_points = posted.points[:]
            posted.ClearField('points')
            rest = posted.SerializeToString()
            series = (_series if len(rest) <= MAX_CACHED else _series.__wrapped__)(rest)
            for point in posted_points:
                time, value = point.timestamp, point.value
                if not oldest <= time <= latest:
                    window.check(time, f'metric {series.metric}')
                if not isfinite(value):
                    raise Refused(f'a value of metric {series.metric} is not a finite number')
                points.append((series, time, value))
    except DecodeError as error:
        raise Refused('the body is not valid protobuf') from error
    return Batch(points=points)


@lru_cache(maxsize=50_000)
def _series(message: bytes) -> Series:
    """Decode a series without its points; cached, as an Agent repeats it in every post."""
    posted = payload_pb2.Series.FromString(message)
    metric, host, tags = metric_name(posted.metric), '', list(posted.tags)
    for resource in posted.resources:
        if resource.type == 'host':
            host = resource.name
        elif resource.name:
            tags.append(f'{resource.type}:{resource.name}')
    if not 0 <= posted.type < len(TYPES):
        raise Refused(f'the type {posted.type} of metric {metric} is not one of 0, 1, 2, 3')
    if not 0 <= posted.interval <= MAX_INTERVAL:
        raise Refused(f'the interval {posted.interval} of metric {metric} is not from 0 to {MAX_INTERVAL} seconds')
    return Series(metric, host, normal_tags(tags), TYPES[posted.type], posted.interval)


def metrics_v2_json(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v2/series` of a client."""
    points: list[Point] = []
    for series in list_of(object_of(parse_json(body), 'the body').get('series'), 'series'):
        metric = metric_name(string_of(object_of(series, 'a series').get('metric'), 'metric'))
        of = f'metric {metric}'
        host, tags = '', list(tags_of(series.get('tags'), of))
        for resource in list_of(series.get('resources'), f'resources of {of}', optional=True):
            kind = string_of(object_of(resource, f'a resource of {of}').get('type'), f'a resource type of {of}')
            name = string_of(resource.get('name'), f'a resource name of {of}')
            if kind == 'host':
                host = name
            elif name:
                tags.append(f'{kind}:{name}')
        type_ = TYPES[whole_of(series.get('type'), f'the type of {of}', len(TYPES) - 1, 0)]
        interval = whole_of(series.get('interval'), f'the interval of {of}', MAX_INTERVAL, 0)
        known = Series(metric, host, normal_tags(tags), type_, interval)
        points += [
            (
                known,
                window.check(number_of(object_of(point, f'a point of {of}').get('timestamp'), f'a time of {of}'), of),
                number_of(point.get('value'), f'a value of {of}'),
            )
            for point in list_of(series.get('points'), f'points of {of}')
        ]
    return Batch(points=points)


def metrics_v1(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v1/series`: points are pairs, and the type is a word."""
    points: list[Point] = []
    oldest, latest = window.oldest, window.now + AHEAD
    for posted in list_of(object_of(parse_json(body), 'the body').get('series'), 'series'):
        get = object_of(posted, 'a series').get
        series = _series_v1(get('metric'), get('host'), get('device'), get('type'), get('interval'), get('tags'))
        for pair in list_of(get('points'), f'points of metric {series.metric}'):
            match pair:
                case [int() as time, float() as value] if oldest <= time <= latest:
                    # The usual case, without checks: floats of JSON are finite.
                    points.append((series, time, value))
                case [_, _]:
                    of = f'metric {series.metric}'
                    whole = window.check(number_of(pair[0], f'a time of {of}'), of)
                    points.append((series, whole, number_of(pair[1], f'a value of {of}')))
                case _:
                    raise Refused(f'a point of metric {series.metric} is not a pair of time and value')
    return Batch(points=points)


def _series_v1(metric: Any, host: Any, device: Any, type_: Any, interval: Any, tags: Any) -> Series:
    """Return a decoded series; cached, as a client repeats it in every post."""
    try:
        words = tuple(tags or ())
        small = len(words) < 64 and len(''.join((metric, host or '', device or '', *words))) <= MAX_CACHED
        # To the cache, True and 1.0 are 1.
        usual = small and type(interval) in (int, NoneType)
        return (_decoded_v1 if usual else _decoded_v1.__wrapped__)(metric, host, device, type_, interval, words)
    except TypeError:
        # A field without a length, or not hashable: its check says what is wrong.
        return _decoded_v1.__wrapped__(metric, host, device, type_, interval, tags)


@lru_cache(maxsize=50_000)
def _decoded_v1(metric: Any, host: Any, device: Any, type_: Any, interval: Any, tags: Any) -> Series:
    metric = metric_name(string_of(metric, 'metric'))
    of = f'metric {metric}'
    known = tags_of([*tags] if isinstance(tags, tuple) else tags, of)
    if device:
        known = normal_tags([*known, f'device:{string_of(device, f"device of {of}")}'])
    word = type_ or 'gauge'
    if word not in TYPES:
        raise Refused(f'the type of {of} is not one of gauge, count, rate')
    name = string_of(host, f'host of {of}', '')
    return Series(metric, name, known, word, whole_of(interval, f'the interval of {of}', MAX_INTERVAL, 0))
