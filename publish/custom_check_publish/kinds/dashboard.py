"""Dashboards."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.model.dashboard import Dashboard as DashboardModel

from custom_check_publish.drift import Difference
from custom_check_publish.marker import Live, Marker
from custom_check_publish.models import require_model
from custom_check_publish.publication import Publication
from custom_check_publish.transport import ApiError, Shape, Transport

from .kind import Body, Find, Kind, pages, paragraphs

PAGE = 100
"""Dashboards in one answer: the documented default."""
SHAPE: Shape = {'id': str, 'description': str | None}
"""What the rest of the package relies on."""


class Dashboard(Kind):
    name = 'dashboard'
    model = DashboardModel
    is_replaced = True

    def read(self, asset: dict[str, Any], publication: Publication, integration: Sequence[str]) -> tuple[str, Body]:
        require_model(asset, DashboardModel)
        # Handles of users, which are plain addresses: an @ is for mentions.
        notify = list(dict.fromkeys([*(asset.get('notify_list') or []), *publication.recipients]))
        return asset['title'], asset | {'notify_list': notify}

    def marked_text(self, live: Live) -> str:
        return live.get('description') or ''

    def mark(self, body: Body, marker: Marker) -> None:
        body['description'] = paragraphs(body.get('description'), str(marker))

    def each(self, transport: Transport) -> Iterator[Live]:
        api = DashboardsApi(transport.client)

        def page(_: int, start: int) -> Iterable[Live]:
            return transport.call(api.list_dashboards, {'dashboards': [SHAPE]}, start=start, count=PAGE)['dashboards']

        return pages(page)

    def whole(self, transport: Transport, listed: Live) -> Live | None:
        try:
            return transport.call(DashboardsApi(transport.client).get_dashboard, SHAPE, dashboard_id=listed['id'])
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    def create(self, transport: Transport, find: Find, body: Body) -> Live:
        return transport.create(find, DashboardsApi(transport.client).create_dashboard, SHAPE, body=body)

    def update(self, transport: Transport, id_: Any, body: Body) -> Live:
        operation = DashboardsApi(transport.client).update_dashboard
        return transport.call(operation, SHAPE, dashboard_id=id_, body=body)

    def delete(self, transport: Transport, id_: Any) -> None:
        operation = DashboardsApi(transport.client).delete_dashboard
        transport.call(operation, {'deleted_dashboard_id': str}, dashboard_id=id_)

    def correction(self, wanted: Body, differences: Sequence[Difference]) -> Body:
        return deepcopy(wanted)

    def title(self, live: Live) -> str:
        return live.get('title') or ''

    def details(self, body: Body) -> list[str]:
        widgets = (widget['definition'] for widget in body['widgets'])
        variables = ', '.join(variable['name'] for variable in body.get('template_variables') or [])
        return [
            *(f'widget: {widget.get("title") or widget["type"]}' for widget in widgets),
            f'template variables: {variables or "none"}',
        ]

    def path(self, live: Live) -> str:
        return str(live.get('url') or f'/dashboard/{live["id"]}')
