"""Distributions: sketches of Agents, and values of clients."""

from math import isfinite

from google.protobuf.message import DecodeError

from datadog_sandbox.http import Refused, parse_json
from datadog_sandbox.payload_pb2 import Sketches
from datadog_sandbox.store import Series, Sketch, sketch_of

from .fields import list_of, metric_name, normal_tags, number_of, object_of, string_of, tags_of
from .model import Batch, Window

MOST_COUNT = 2**53
"""Most values of a sketch."""


def sketches(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/beta/sketches`: the `SketchPayload` of DataDog/agent-payload."""
    try:
        payload = Sketches.FromString(body)
    except DecodeError as error:
        raise Refused('the body is not valid protobuf') from error
    decoded = []
    for posted in payload.sketches:
        series = Series(metric_name(posted.metric), posted.host, normal_tags(posted.tags), 'distribution')
        of = f'distribution {series.metric}'
        for sketch in posted.dogsketches:
            time = window.check(sketch.ts, of)
            figures = sketch.min, sketch.max, sketch.sum
            if not all(map(isfinite, figures)) or sketch.min > sketch.max:
                raise Refused(f'min, max, and sum of {of} are not finite numbers with min at most max')
            keys, counts = tuple(sketch.k), tuple(sketch.n)
            if len(keys) != len(counts) or any(abs(key) >= 2**15 for key in keys) or [*keys] != sorted(keys):
                raise Refused(f'the bins of {of} are not sorted keys with as many counts')
            if not 0 < sketch.cnt <= MOST_COUNT or sum(counts) != sketch.cnt:
                raise Refused(f'the count of {of} is not the sum of those of its bins')
            decoded.append(Sketch(series, time, sketch.cnt, *figures, keys, counts))
    return Batch(sketches=decoded)


def distribution_points(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v1/distribution_points`: each point is a time and a list of values."""
    decoded = []
    for posted in list_of(object_of(parse_json(body), 'the body').get('series'), 'series'):
        metric = metric_name(string_of(object_of(posted, 'a series').get('metric'), 'metric'))
        of = f'distribution {metric}'
        if posted.get('type') not in (None, 'distribution'):
            raise Refused(f'the type of {of} is not distribution')
        host = string_of(posted.get('host'), f'host of {of}', '')
        series = Series(metric, host, tags_of(posted.get('tags'), of), 'distribution')
        values: dict[int, list[float]] = {}
        for point in list_of(posted.get('points'), f'points of {of}'):
            if not isinstance(point, list) or len(point) != 2:
                raise Refused(f'a point of {of} is not a pair of time and values')
            time = window.check(number_of(point[0], f'a time of {of}'), of)
            listed = [number_of(value, f'a value of {of}') for value in list_of(point[1], f'values of {of}')]
            values.setdefault(time, []).extend(listed)
        made = [sketch_of(series, time, listed) for time, listed in values.items() if listed]
        if not all(isfinite(sketch.sum) for sketch in made):
            raise Refused(f'the sum of {of} is too large')
        decoded += made
    return Batch(sketches=decoded)
