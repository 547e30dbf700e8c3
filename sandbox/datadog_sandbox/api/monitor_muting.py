"""Muting monitors, API v1: gone from the documents, and still what `dog monitor mute` and older clients ask for."""

import re
from typing import Any

from datadog_sandbox.downtimes import iso, status

from . import downtimes
from .downtime_v1_shape import shape
from .endpoint import Call, Refused, endpoint
from .monitor_shape import Shapes, monitor_of, one_time, without_creator

EVERYTHING = {'monitor_identifier': {'monitor_tags': ['*']}, 'scope': '*'}


def mute_monitor(call: Call) -> Any:
    """Schedule a downtime of a monitor, or of scopes of it."""
    body = _body(call)
    scopes = _scopes(body) or ['*']
    end = body.get('end')
    if end is not None and not (isinstance(end, int | str) and re.fullmatch(r'\d{1,11}', str(end))):
        raise Refused(f'end must be a time in seconds, not {str(end)[:100]!r}')
    with call.store.transaction():
        monitor = monitor_of(call)
        for scope in scopes:
            schedule = {} if end is None else {'end': iso(int(end))}
            identifier = {'monitor_id': monitor['id']}
            downtimes.schedule({'monitor_identifier': identifier, 'scope': scope, 'schedule': schedule}, call)
    return without_creator(Shapes(call).of(monitor))


def unmute_monitor(call: Call) -> Any:
    """Cancel the downtimes that `mute` made: those of the scopes in the body, or all."""
    body = _body(call)
    scopes = _scopes(body) or ['*']
    with call.store.transaction():
        monitor = monitor_of(call)
        for downtime in one_time(call.store.all('downtime'), int(call.now)):
            attributes = downtime['attributes']
            if attributes['monitor_identifier']['monitor_id'] == monitor['id']:
                if body.get('all_scopes') or attributes['scope'] in scopes:
                    downtimes.cancel(downtime, call)
    return without_creator(Shapes(call).of(monitor))


def mute_all(call: Call) -> Any:
    """Schedule a downtime of everything, without an end, unless there is one."""
    with call.store.transaction():
        active = _of_everything(call)
        downtime = active[0] if active else downtimes.schedule(EVERYTHING, call)
    return shape(downtime, int(call.now))


def unmute_all(call: Call) -> None:
    """Cancel the downtimes of everything. Raises `Refused` when there is none."""
    with call.store.transaction():
        if not (active := _of_everything(call)):
            raise Refused('Monitoring is not currently globally muted')
        for downtime in active:
            downtimes.cancel(downtime, call)


def _of_everything(call: Call) -> list[dict[str, Any]]:
    return [
        downtime
        for downtime in call.store.all('downtime')
        if EVERYTHING.items() <= downtime['attributes'].items() and status(downtime, int(call.now)) == 'active'
    ]


def _body(call: Call) -> dict[str, Any]:
    body = {} if call.body is None else call.body
    if not isinstance(body, dict):
        raise Refused('body must be a JSON object')
    return body


def _scopes(body: dict[str, Any]) -> list[str]:
    scope = body.get('scope')
    scopes = scope if isinstance(scope, list) else [scope] if scope else []
    if not all(isinstance(each, str) for each in scopes):
        raise Refused('scope must be a string')
    return scopes


routes = [
    endpoint('POST', '/api/v1/monitor/mute_all', mute_all, kind='downtime v1'),
    endpoint('POST', '/api/v1/monitor/unmute_all', unmute_all, status=204),
    endpoint('POST', '/api/v1/monitor/{id:number}/mute', mute_monitor, kind='monitor'),
    endpoint('POST', '/api/v1/monitor/{id:number}/unmute', unmute_monitor, kind='monitor'),
]
