"""Muting hosts, API v1: a downtime of all monitors for the scope of the host."""

import re
from typing import Any

from datadog_sandbox.downtimes import epoch, iso

from . import downtimes
from .endpoint import Call, Refused, endpoint
from .host_shape import mutes

NAME = re.compile(r'[^\s(),!*?]+')


def mute_host(call: Call) -> Any:
    """Schedule a downtime of a host. With `override`, it takes the place of the one that is there."""
    host, body = _host(call), call.settings('end', 'message')
    end, message = downtimes.end_of(body.get('end'), 'end'), body.get('message')
    if message is not None and not isinstance(message, str):
        raise Refused('message must be a string')
    with call.store.transaction():
        if muted := mutes(call.store, int(call.now)).get(host):
            if not body.get('override') and not call.flag('override'):
                raise Refused(
                    f'host:{host} is already muted. To mute this host with a different end timestamp, '
                    'add ?override=true to your request.'
                )
            downtimes.cancel(dict(muted), call)
        attributes = {'monitor_identifier': {'monitor_tags': ['*']}, 'scope': f'host:{host}', 'message': message}
        downtime = downtimes.schedule(attributes | ({'schedule': {'end': iso(end)}} if end else {}), call)
    answer = {'action': 'Muted', 'downtime_id': downtime['number'], 'hostname': host}
    until = downtime['attributes']['schedule']['end']
    return answer | ({'end': epoch(until)} if until else {}) | ({'message': message} if message else {})


def unmute_host(call: Call) -> Any:
    """Cancel the downtime that `mute` made."""
    host = _host(call)
    with call.store.transaction():
        muted = mutes(call.store, int(call.now)).get(host)
        if muted is None:
            raise Refused(f'host:{host} is not muted.')
        downtimes.cancel(dict(muted), call)
    return {'action': 'Unmuted', 'downtime_id': muted['number'], 'hostname': host}


def _host(call: Call) -> str:
    host = call.path['host']
    if not NAME.fullmatch(host):
        raise Refused(f'{host[:100]!r} is not the name of a host')
    return str(host)


routes = [
    endpoint('POST', '/api/v1/host/{host}/mute', mute_host),
    endpoint('POST', '/api/v1/host/{host}/unmute', unmute_host),
]
