"""The API: what clients send, answered as Datadog answers. One module for each kind of resource."""

from starlette.routing import BaseRoute

from . import dashboards, downtimes, events, graphs, hosts, mails, metrics, monitors, spans, users

routes: list[BaseRoute] = [
    *dashboards.routes,
    *monitors.routes,
    *downtimes.routes,
    *events.routes,
    *graphs.routes,
    *hosts.routes,
    *mails.routes,
    *metrics.routes,
    *spans.routes,
    *users.routes,
]
