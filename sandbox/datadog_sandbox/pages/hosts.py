"""The hosts with the status of their checks."""

from collections import defaultdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox.store import Store

from .frame import render


def hosts(request: Request) -> Response:
    store: Store = request.app.state.store
    checks = defaultdict(list)
    for check in store.service_checks():
        checks[check.host].append(check)
    rows = [
        {
            'name': host.name,
            'tags': host.tags,
            'version': host.meta.get('agentVersion'),
            'last_seen': host.last_seen,
            'checks': checks[host.name],
        }
        for host in store.hosts()
    ]
    return render(request, 'hosts.html', hosts=rows)


routes: list[BaseRoute] = [
    Route('/hosts', hosts),
]
