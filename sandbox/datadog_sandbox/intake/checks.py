"""Statuses of service checks."""

from datadog_sandbox.http import parse_json
from datadog_sandbox.store import ServiceCheck

from .fields import number_of, object_of, string_of, tags_of, whole_of
from .model import Batch, Window


def service_checks(body: bytes, window: Window) -> Batch:
    """Decode `POST /api/v1/check_run`: a check or a list of checks. A check without a time ran now."""
    runs = parse_json(body)
    checks = []
    for run in runs if isinstance(runs, list) else [runs]:
        name = string_of(object_of(run, 'a check').get('check'), 'check')
        of = f'check {name}'
        host = string_of(run.get('host_name'), f'host_name of {of}', '')
        status = whole_of(run.get('status'), f'the status of {of}', 3)
        time = run.get('timestamp')
        time = window.now if time is None else window.check(number_of(time, f'the time of {of}'), of)
        message = string_of(run.get('message'), f'message of {of}', '')
        checks.append(ServiceCheck(name, host, tags_of(run.get('tags'), of), status, time, message))
    return Batch(checks=checks)
