"""Run an instance once, and return its points as an Agent would send them."""

import json
import os
from typing import NotRequired, TypedDict

from datadog_checks.base.stubs import aggregator
from tools.configuration import Instance
from tools.text import one_line

# The test stub refuses tags such as `env:` and `service:`, which an Agent takes.
os.environ['DDEV_SKIP_GENERIC_TAGS_CHECK'] = '1'


class Point(TypedDict):
    """A point in the form of `agent check --json`: one pair of Unix seconds and value, the `device:` tag apart."""

    metric: str
    points: list[tuple[int, float]]
    type: str
    tags: list[str]
    device: NotRequired[str]
    host: str


STATUSES = ('OK', 'WARNING', 'CRITICAL', 'UNKNOWN')
"""The words for the statuses of a service check, by their numbers."""


class RunError(Exception):
    """A run of an instance that failed, with what went wrong on one line."""


def collect(instance: Instance, host: str, at: float) -> list[Point]:
    """Run an instance at a moment, in seconds since 1970, and return its points.

    Raises `RunError` when the run fails.
    """
    aggregator.reset()
    if error := instance.check.run():
        raise RunError(one_line(json.loads(error)[0]['message'], 200))

    points = []
    for name in aggregator.metric_names:
        for stub in aggregator.metrics(name):
            tags = [*stub.tags, f'service:{instance.service}'] if instance.service else stub.tags
            devices = [tag.removeprefix('device:') for tag in tags if tag.startswith('device:')]
            point = Point(
                metric=stub.name,
                points=[(int(at), int(stub.value) if float(stub.value).is_integer() else stub.value)],
                type=aggregator.METRIC_ENUM_MAP_REV[stub.type],
                # An Agent sends a tag once, however often it is there.
                tags=[tag for tag in dict.fromkeys(tags) if not tag.startswith('device:')],
                host=host if instance.has_host else '',
            )
            if devices:
                point['device'] = devices[-1]
            points.append(point)

    return points


def other_submissions() -> list[str]:
    """Return a line for each service check and each event of the run that `collect` made last."""
    lines = []
    for name in aggregator.service_check_names:
        for stub in aggregator.service_checks(name):
            details = ', '.join([*stub.tags, *([stub.message] if stub.message else [])])
            lines.append(f'service check {stub.name} {STATUSES[stub.status]}{f": {details}" if details else ""}')
    lines += [f'event {event["msg_title"]}' for event in aggregator.events]
    return [one_line(line, 400) for line in lines]
