"""The API: what clients send, answered as Datadog answers. One module for each kind of resource."""

from starlette.routing import BaseRoute

from . import dashboards, downtimes, events, graphs, hosts, metrics, monitors

routes: list[BaseRoute] = [
    *dashboards.routes,
    *monitors.routes,
    *downtimes.routes,
    *events.routes,
    *graphs.routes,
    *hosts.routes,
    *metrics.routes,
]
