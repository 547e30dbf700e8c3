"""Muting monitors, API v1: gone from the documents, and still what `dog monitor mute` and older clients ask for.

Clients send the scope and the end in the body or in the query, as the client of API v1 of 2020 did.
"""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox.downtimes import iso, status

from . import downtimes
from .downtime_v1_shape import shape
from .endpoint import Call, Refused, endpoint
from .monitor_shape import Shapes, monitor_of, one_time, without_creator

EVERYTHING = {'monitor_identifier': {'monitor_tags': ['*']}, 'scope': '*'}


def mute_monitor(call: Call) -> Any:
    """Schedule a downtime of a monitor, or of scopes of it."""
    body = call.settings('scope', 'end')
    scopes = _scopes(body) or ['*']
    end = downtimes.end_of(body.get('end'), 'end')
    with call.store.transaction():
        monitor = monitor_of(call)
        for scope in scopes:
            _silence(call, monitor, scope, end)
    return without_creator(Shapes(call).of(monitor))


def silence(call: Call, monitor: Mapping[str, Any]) -> None:
    """Schedule what `options.silenced` of a request says: the end of each scope, in seconds, or null for none.

    As recorded in the suite of datadogpy, in 2020 and 2023. A scope that is silenced already keeps its downtime, and so
    does one that is left out: clients send back what they read.
    """
    wanted = (call.body.get('options') or {}).get('silenced') or {}
    if not isinstance(wanted, dict):
        raise Refused('options.silenced must be an object: the end of each scope')
    known = Shapes(call).silenced(monitor)
    for scope, value in wanted.items():
        end = downtimes.end_of(value, 'options.silenced')
        if scope not in known and (end is None or end > call.now):
            _silence(call, monitor, scope, end)


def _silence(call: Call, monitor: Mapping[str, Any], scope: str, end: int | None) -> None:
    schedule = {} if end is None else {'end': iso(end)}
    identifier = {'monitor_id': monitor['id']}
    downtimes.schedule({'monitor_identifier': identifier, 'scope': scope, 'schedule': schedule}, call)


def unmute_monitor(call: Call) -> Any:
    """Cancel the downtimes that `mute` made: those of the scopes that it names, or all."""
    body = call.settings('scope')
    scopes = _scopes(body) or ['*']
    everything = body.get('all_scopes') or call.flag('all_scopes')
    with call.store.transaction():
        monitor = monitor_of(call)
        for downtime in one_time(call.store.all('downtime'), int(call.now)):
            attributes = downtime['attributes']
            if attributes['monitor_identifier']['monitor_id'] == monitor['id']:
                if everything or attributes['scope'] in scopes:
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
