"""A stateful stand-in for the part of Datadog's API that publishing uses, over real HTTP.

It follows the OpenAPI documents of the API: paths, ids, paging, and what the server adds or writes in another way. Each
request body is parsed by the official client's models, and one that does not fit them exactly is answered with 400.
"""

import json
import re
import threading
import uuid
from copy import deepcopy
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from datadog_api_client import Configuration
from datadog_api_client.model_utils import OpenApiModel, UnparsedObject, validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.event_create_request import EventCreateRequest
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest
from datadog_api_client.v1.model.widget import Widget
from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.downtime_schedule_recurrences_create_request import (
    DowntimeScheduleRecurrencesCreateRequest,
)
from datadog_api_client.v2.model.downtime_update_request import DowntimeUpdateRequest

API_KEY = 'api-key-0123456789abcdef01234567'
APP_KEY = 'app-key-0123456789abcdef0123456789abcdef'


class Refused(Exception):
    def __init__(self, status: int, *errors: Any) -> None:
        super().__init__(errors)
        self.status = status
        self.errors = list(errors)


class FakeDatadog:
    """The account. Use it as a context manager; `url` is its API."""

    def __init__(self) -> None:
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.monitors: dict[int, dict[str, Any]] = {}
        self.downtimes: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.users = {'ops@example.com', 'me@example.com', 'new@example.com'}
        self.ignores_monitor_tags = False
        self.image_after = 0
        """How many requests for a picture are answered with 404 first."""
        self.app_key_may = True
        self.deleted = 0
        self._clock = 0
        self._lock = threading.Lock()

    def __enter__(self) -> 'FakeDatadog':
        fake = self

        class Handler(_Handler):
            account = fake

        self._server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self._server.server_port}'

    def state(self) -> dict[str, Any]:
        """Return a copy of what the account holds, for `restore`."""
        return deepcopy({name: vars(self)[name] for name in ('dashboards', 'monitors', 'downtimes', '_clock')})

    def restore(self, state: dict[str, Any]) -> None:
        vars(self).update(deepcopy(state))

    def now(self) -> str:
        self._clock += 1
        return f'2026-11-24T12:{self._clock // 60:02}:{self._clock % 60:02}.000000+00:00'

    # One method for each endpoint, by the first line of the request

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        for pattern, name in ROUTES.items():
            if match := re.fullmatch(pattern, f'{method} {path}'):
                return getattr(self, name)(*match.groups(), query=query, body=body)
        raise Refused(404, f'no such endpoint: {method} {path}')

    def validate(self, **_: Any) -> Any:
        return {'valid': True}

    def list_dashboards(self, query: dict[str, str], **_: Any) -> Any:
        start, count = int(query.get('start', 0)), int(query.get('count', 100))
        kept = ('id', 'title', 'description', 'url', 'author_handle', 'created_at', 'modified_at', 'layout_type')
        found = list(self.dashboards.values())[start : start + count]
        return {'dashboards': [{name: one.get(name) for name in kept} for one in found]}

    def get_dashboard(self, id_: str, **_: Any) -> Any:
        return self._one(self.dashboards, id_, 'Dashboard')

    def create_dashboard(self, body: Any, **_: Any) -> Any:
        strict_dashboard(body)
        id_ = '-'.join(re.findall('...', uuid.uuid4().hex[:9]))
        self.dashboards[id_] = self._dashboard(body, id_, self.now())
        return self.dashboards[id_]

    def update_dashboard(self, id_: str, body: Any, **_: Any) -> Any:
        strict_dashboard(body)
        old = self._one(self.dashboards, id_, 'Dashboard')
        self.dashboards[id_] = self._dashboard(body, id_, old['created_at'])
        return self.dashboards[id_]

    def delete_dashboard(self, id_: str, **_: Any) -> Any:
        self._one(self.dashboards, id_, 'Dashboard')
        del self.dashboards[id_]
        self.deleted += 1
        return {'deleted_dashboard_id': id_}

    def _dashboard(self, body: dict[str, Any], id_: str, created: str) -> dict[str, Any]:
        live = {'template_variables': None, 'restricted_roles': [], **deepcopy(body)}
        live |= {'id': id_, 'author_handle': 'owner@example.com', 'author_name': None, 'is_read_only': False}
        live |= {'created_at': created, 'modified_at': self.now()}
        live['url'] = f'/dashboard/{id_}/{re.sub("[^a-z0-9]+", "-", live["title"].lower())}'
        live['notify_list'] = sorted(live.get('notify_list') or [], reverse=True) or None
        for number, widget in enumerate(live['widgets']):
            widget.setdefault('id', 1000 + number)
            widget['definition'] = dict(reversed(widget['definition'].items())) | {'legend_layout': 'auto'}
        for variable in live['template_variables'] or []:
            variable['available_values'] = variable.get('available_values') or None
            variable['default'] = (variable.get('defaults') or ['*'])[0]
        return live

    def list_monitors(self, query: dict[str, str], **_: Any) -> Any:
        tags = query.get('monitor_tags', '').split(',') if not self.ignores_monitor_tags else []
        found = [one for one in self.monitors.values() if all(tag in one['tags'] for tag in tags if tag)]
        if 'page' not in query:
            return found
        size = int(query.get('page_size', 100))
        if size > 1000:
            raise Refused(400, 'page_size: at most 1000')
        first = int(query['page']) * size
        return found[first : first + size]

    def create_monitor(self, body: Any, **_: Any) -> Any:
        strict(_without_newer(body), Monitor)
        id_ = 9_000_000_000 + self._tick()
        self.monitors[id_] = self._monitor(body, id_, {'created': self.now()})
        return self.monitors[id_]

    def update_monitor(self, id_: str, body: Any, **_: Any) -> Any:
        strict(_without_newer(body), MonitorUpdateRequest)
        old = self._one(self.monitors, int(id_), 'Monitor')
        # What a request leaves out stays as it is, which is the worse one of the two things that a server may do.
        merged = old | body | {'options': old['options'] | body.get('options', {})}
        self.monitors[int(id_)] = self._monitor(merged, int(id_), {})
        return self.monitors[int(id_)]

    def delete_monitor(self, id_: str, **_: Any) -> Any:
        self._one(self.monitors, int(id_), 'Monitor')
        del self.monitors[int(id_)]
        self.deleted += 1
        return {'deleted_monitor_id': int(id_)}

    def _monitor(self, body: dict[str, Any], id_: int, more: dict[str, Any]) -> dict[str, Any]:
        live = deepcopy(body) | {'id': id_, 'modified': self.now(), 'multi': True, 'deleted': None} | more
        live |= {'creator': {'id': 1, 'handle': 'owner@example.com', 'email': 'owner@example.com', 'name': None}}
        live |= {'overall_state': 'No Data', 'restricted_roles': None, 'priority': body.get('priority')}
        live['query'] = live['query'].replace(' > ', '  >  ').replace(', ', ',')
        live['message'] = live['message'].replace('\n', '\r\n') + '\n'
        live['tags'] = sorted(live['tags'], reverse=True)
        options = {'locked': False, 'silenced': {}, 'new_host_delay': 300, 'timeout_h': 0, **live.get('options', {})}
        options['renotify_interval'] = options.get('renotify_interval') or None
        thresholds = options.get('thresholds', {})
        options['thresholds'] = {name: value if value is None else float(value) for name, value in thresholds.items()}
        live['options'] = dict(sorted(options.items(), reverse=True))
        return live

    def list_downtimes(self, query: dict[str, str], **_: Any) -> Any:
        offset, limit = int(query.get('page[offset]', 0)), int(query.get('page[limit]', 30))
        found = list(self.downtimes.values())
        meta = {'page': {'total_filtered_count': len(found)}}
        return {'data': found[offset : offset + limit], 'included': [], 'meta': meta}

    def create_downtime(self, body: Any, **_: Any) -> Any:
        self._strict_downtime(body, DowntimeCreateRequest)
        id_ = str(uuid.uuid4())
        attributes = {'status': 'scheduled', 'canceled': None, 'created': self.now()}
        self.downtimes[id_] = {'id': id_, 'type': 'downtime', 'attributes': attributes, 'relationships': {}}
        return {'data': self._set_downtime(id_, body)}

    def update_downtime(self, id_: str, body: Any, **_: Any) -> Any:
        self._strict_downtime(body, DowntimeUpdateRequest)
        if self._one(self.downtimes, id_, 'Downtime')['attributes']['status'] == 'canceled':
            raise Refused(400, {'status': '400', 'title': 'Bad Request', 'detail': 'The downtime is canceled'})
        return {'data': self._set_downtime(id_, body)}

    def cancel_downtime(self, id_: str, **_: Any) -> Any:
        attributes = self._one(self.downtimes, id_, 'Downtime')['attributes']
        attributes |= {'status': 'canceled', 'canceled': self.now()}
        self.deleted += 1

    @staticmethod
    def _strict_downtime(body: Any, model: type) -> None:
        # On its own, as client 2.20 takes a recurring schedule for a one-time one too, and so for neither.
        rest = deepcopy(body)
        schedule = rest['data']['attributes'].pop('schedule', None)
        strict(rest, model)
        if schedule is not None:
            strict(schedule, DowntimeScheduleRecurrencesCreateRequest)

    def _set_downtime(self, id_: str, body: Any) -> dict[str, Any]:
        attributes = self.downtimes[id_]['attributes'] = {
            'mute_first_recovery_notification': False,
            **self.downtimes[id_]['attributes'],
            **deepcopy(body['data']['attributes']),
            'modified': self.now(),
        }
        for name in ('notify_end_states', 'notify_end_types'):
            attributes[name] = sorted(attributes.get(name) or [], reverse=True)
        for recurrence in attributes['schedule']['recurrences']:
            if re.search('Z|[+-]..:..$', recurrence['start']):
                raise Refused(400, 'start: must not include a UTC offset')
            recurrence['start'] = f'{recurrence["start"][:16]}:00'
            recurrence['rrule'] = recurrence['rrule'].replace('INTERVAL=1;', '')
        if attributes['schedule']['timezone'] != attributes['display_timezone']:
            raise Refused(400, 'timezone: must match display_timezone')
        return self.downtimes[id_]

    def list_users(self, query: dict[str, str], **_: Any) -> Any:
        found = [one for one in sorted(self.users) if query['filter'] in one]
        return {'data': [{'type': 'users', 'attributes': {'handle': one, 'email': one}} for one in found]}

    def snapshot(self, query: dict[str, str], **_: Any) -> Any:
        if not int(query['end']) > int(query['start']) or 'requests' not in json.loads(query['graph_def']):
            raise Refused(400, 'bad snapshot')
        return {'graph_def': query['graph_def'], 'snapshot_url': f'{self.url}/s/f12345678/aaa-bbb-ccc.png'}

    def create_event(self, body: Any, **_: Any) -> Any:
        strict(body, EventCreateRequest)
        event = {**body, 'id': 7_000_000_000_000_000_000 + self._tick(), 'host': None}
        event['url'] = f'{self.url}/event/event?id={event["id"]}'
        self.events.append(event)
        return {'status': 'ok', 'event': event}

    def list_events(self, query: dict[str, str], **_: Any) -> Any:
        tags = query['tags'].split(',')
        times = range(int(query['start']), int(query['end']))
        found = [one for one in self.events if set(tags) <= set(one['tags']) and one['date_happened'] in times]
        return {'events': found, 'status': 'ok'}

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    @staticmethod
    def _one(table: dict[Any, Any], id_: Any, what: str) -> Any:
        if id_ not in table:
            raise Refused(404, f'{what} not found: {id_}')
        return table[id_]


ROUTES = {
    'GET /api/v1/validate': 'validate',
    'GET /api/v1/dashboard': 'list_dashboards',
    'POST /api/v1/dashboard': 'create_dashboard',
    'GET /api/v1/dashboard/([^/]+)': 'get_dashboard',
    'PUT /api/v1/dashboard/([^/]+)': 'update_dashboard',
    'DELETE /api/v1/dashboard/([^/]+)': 'delete_dashboard',
    'GET /api/v1/monitor': 'list_monitors',
    'POST /api/v1/monitor': 'create_monitor',
    r'PUT /api/v1/monitor/(\d+)': 'update_monitor',
    r'DELETE /api/v1/monitor/(\d+)': 'delete_monitor',
    'GET /api/v2/downtime': 'list_downtimes',
    'POST /api/v2/downtime': 'create_downtime',
    'PATCH /api/v2/downtime/([^/]+)': 'update_downtime',
    'DELETE /api/v2/downtime/([^/]+)': 'cancel_downtime',
    'GET /api/v2/users': 'list_users',
    'GET /api/v1/graph/snapshot': 'snapshot',
    'GET /api/v1/events': 'list_events',
    'POST /api/v1/events': 'create_event',
}


def strict_dashboard(body: Any) -> None:
    strict(body | {'widgets': []}, Dashboard)
    for widget in body['widgets']:
        strict_widget(json.dumps(widget))


@cache
def strict_widget(widget: str) -> None:
    """Check a widget once: it is tried as each of some forty kinds, which takes most of a test's time."""
    strict(json.loads(widget), Widget)


def _without_newer(body: Any) -> Any:
    """Return a monitor without the options that client 2.20 does not know."""
    return {name: value for name, value in body.items() if name not in ('assets', 'draft_status')}


def strict(body: Any, model: type) -> None:
    """Raise `Refused` unless the body fits a model of the official client in every field."""
    try:
        parsed = validate_and_convert_types(body, (model,), ['body'], True, True, configuration=Configuration())
    except Exception as error:
        raise Refused(400, f'{type(error).__name__}: {error}') from error
    if strange := unparsed(parsed, 'body'):
        raise Refused(400, f'not in the model: {strange}')


def unparsed(value: Any, path: str) -> list[str]:
    """Return where a parsed body holds an unknown field, an unknown word of a list of words, or no known object."""
    if isinstance(value, list):
        return [found for index, one in enumerate(value) for found in unparsed(one, f'{path}[{index}]')]
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in unparsed(one, f'{path}.{name}')]
    if not isinstance(value, OpenApiModel):
        return []
    if isinstance(value, UnparsedObject) or value._unparsed:
        return [path]
    if getattr(value, '_composed_instances', None):
        return [found for one in value._composed_instances for found in unparsed(one, path)]
    known = getattr(value, 'attribute_map', {})
    found = [f'{path}.{name}' for name in value._data_store if known and name not in known and name != 'value']
    for name, one in value._data_store.items():
        found += unparsed(one, f'{path}.{name}')
    return found


class _Handler(BaseHTTPRequestHandler):
    account: FakeDatadog
    protocol_version = 'HTTP/1.1'
    # One packet for each answer: in two, the second waits 40 ms for the first to be acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        raw = self.rfile.read(int(self.headers.get('content-length') or 0))
        body = json.loads(raw) if raw else None
        with self.account._lock:
            if parts.path.startswith('/s/'):
                return self._image()
            status, answer = self._carry_out(parts.path, query, body)
            return self._answer(status, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _carry_out(self, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        try:
            if self.headers.get('DD-API-KEY') != API_KEY:
                raise Refused(403, 'Forbidden')
            needs_app_key = path not in ('/api/v1/validate',) and not (path == '/api/v1/events' and body)
            if needs_app_key and (self.headers.get('DD-APPLICATION-KEY') != APP_KEY or not self.account.app_key_may):
                raise Refused(403, 'Forbidden')
            answer = self.account.handle(self.command, path, query, body)
        except Refused as refusal:
            return refusal.status, {'errors': refusal.errors}
        return (202 if path == '/api/v1/events' and body else 204 if answer is None else 200), answer

    def _image(self) -> None:
        assert 'DD-API-KEY' not in self.headers
        if self.account.image_after:
            self.account.image_after -= 1
            return self._answer(404, {'errors': ['not yet']})
        self.send_response(200)
        self.send_header('Content-Type', 'image/png')
        self.send_header('Content-Length', '4')
        self.end_headers()
        self.wfile.write(b'\x89PNG')

    def _answer(self, status: int, answer: Any) -> None:
        data = b'' if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Keep the tests' output clean."""
