"""Run an instance once, and return its points as an Agent would send them."""

import json
import os
from typing import Any, NotRequired, TypedDict

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


EVENT_FIELDS = ('msg_title', 'msg_text', 'priority', 'alert_type', 'host', 'tags', 'source_type_name')
"""What an Agent sends of an event, with its time."""


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


def service_checks(host: str, at: float) -> list[dict[str, Any]]:
    """Return the service checks of the run that `collect` made last, as `POST /api/v1/check_run` takes them."""
    return [
        {
            'check': stub.name,
            'host_name': stub.hostname or host,
            'status': stub.status,
            'tags': stub.tags,
            'message': stub.message,
            'timestamp': int(at),
        }
        for name in aggregator.service_check_names
        for stub in aggregator.service_checks(name)
    ]


def events(at: float) -> list[dict[str, Any]]:
    """Return the events of the run that `collect` made last, as an Agent sends them, at the moment of the run."""
    return [
        {'timestamp': int(at)} | {field: event[field] for field in EVENT_FIELDS if event.get(field) is not None}
        for event in aggregator.events
    ]
