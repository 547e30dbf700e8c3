"""Monitors."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.model.monitor import Monitor as MonitorModel

from custom_check_publish.marker import MANAGED_BY, Live, Marker
from custom_check_publish.models import InvalidAsset, require_model
from custom_check_publish.publication import Publication
from custom_check_publish.transport import Shape, Transport

from .kind import Body, Find, Kind, first_line, mentions, pages, paragraphs

PAGE = 1000
"""Monitors in one answer: the documented most."""
SHAPE: Shape = {'id': int, 'tags': list | None}
"""What the rest of the package relies on."""
MINUTES = {'m': 1, 'h': 60, 'd': 24 * 60}


class Monitor(Kind):
    name = 'monitor'
    model = MonitorModel

    def read(self, asset: dict[str, Any], publication: Publication, integration: Sequence[str]) -> tuple[str, Body]:
        body = asset.get('definition')
        if not isinstance(body, dict) or not isinstance(body.get('name'), str):
            raise InvalidAsset(': it needs a "definition" with a "name"')
        require_model(body, MonitorModel)
        if not isinstance(body.get('options') or {}, dict):
            # The model takes a list, too.
            raise InvalidAsset(': its "options" are not an object')
        # Outside every {{#is_…}} block, so that each state notifies.
        message = paragraphs(body.get('message'), mentions(publication.recipients))
        return body['name'], _with_defaults(body) | {'message': message}

    def marked_text(self, live: Live) -> str:
        return ' '.join(map(str, live.get('tags') or []))

    def mark(self, body: Body, marker: Marker) -> None:
        body['tags'] = list(dict.fromkeys([*(body.get('tags') or []), *marker.tags]))

    def each(self, transport: Transport) -> Iterator[Live]:
        operation = MonitorsApi(transport.client).list_monitors

        def page(number: int, _: int) -> Iterable[Live]:
            # The server filters, so an account of thousands costs one page; `Api.owned` filters again.
            return transport.call(operation, [SHAPE], monitor_tags=MANAGED_BY, page=number, page_size=PAGE)

        return pages(page)

    def create(self, transport: Transport, find: Find, body: Body) -> Live:
        return transport.create(find, MonitorsApi(transport.client).create_monitor, SHAPE, body=body)

    def update(self, transport: Transport, id_: Any, body: Body) -> Live:
        return transport.call(MonitorsApi(transport.client).update_monitor, SHAPE, monitor_id=id_, body=body)

    def delete(self, transport: Transport, id_: Any) -> None:
        operation = MonitorsApi(transport.client).delete_monitor
        transport.call(operation, {'deleted_monitor_id': int}, monitor_id=id_)

    def title(self, live: Live) -> str:
        return live.get('name') or first_line(live.get('message'))

    def details(self, body: Body) -> list[str]:
        options = body['options']
        lines = [f'query: {body["query"]}']
        if thresholds := options.get('thresholds'):
            lines.append('thresholds: ' + ', '.join(f'{name} {value}' for name, value in thresholds.items()))
        if options.get('notify_no_data'):
            lines.append(f'no data: after {options.get("no_data_timeframe")} minutes')
        return lines

    def path(self, live: Live) -> str:
        return f'/monitors/{live["id"]}'


def _with_defaults(body: Body) -> Body:
    """Write out the defaults that depend on other options, as Datadog documents them: a change of one is drift."""
    options = body.get('options') or {}
    defaults: dict[str, Any] = {}
    window = re.match(r'\s*\w+\(last_(\d+)([mhd])\)', body['query'])
    if options.get('notify_no_data') and window:
        defaults['no_data_timeframe'] = 2 * int(window[1]) * MINUTES[window[2]]
    if options.get('renotify_interval'):
        defaults['renotify_statuses'] = ['alert', 'no data']
    return body | {'options': defaults | options}
