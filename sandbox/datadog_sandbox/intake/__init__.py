"""What an Agent posts: one module for each kind, with decoders that are pure functions.

A decoder takes a body and the times that are allowed, and returns what is to be kept. It raises `Refused` with one
line that says what is wrong; then nothing of the request is kept.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .checks import service_checks
from .distributions import distribution_points, sketches
from .hosts import host_metadata
from .metrics import metrics_v1, metrics_v2_json, metrics_v2_protobuf
from .model import Batch, Window
from .receiving import keep, not_kept, received, receiver
from .traces import trace_stats, traces

__all__ = ['Batch', 'Window', 'keep', 'metrics_v1', 'metrics_v2_json', 'metrics_v2_protobuf', 'not_kept', 'routes']


def _answer(body: Mapping[str, Any]) -> Callable[[Request], Response]:
    return lambda request: JSONResponse(body)


ok = {'status': 'ok'}
valid_v2 = {
    'data': {
        'type': 'validate_v2',
        # The trace Agent wants to know the organization.
        'id': '00000000-0000-0000-0000-000000000001',
        'attributes': {
            'api_key_id': '00000000-0000-0000-0000-000000000002',
            'api_key_scopes': [],
            'valid': True,
        },
    }
}
routes: list[BaseRoute] = [
    Route('/api/v2/series', receiver(metrics_v2_json, {'errors': []}, metrics_v2_protobuf), methods=['POST']),
    Route('/api/v1/series', receiver(metrics_v1, ok), methods=['POST']),
    Route('/api/beta/sketches', receiver(sketches, {'errors': []}), methods=['POST']),
    Route('/api/v1/distribution_points', receiver(distribution_points, ok), methods=['POST']),
    Route('/api/v1/check_run', receiver(service_checks, ok), methods=['POST']),
    Route('/intake/', receiver(host_metadata, ok), methods=['POST']),
    Route('/api/v0.2/traces', receiver(traces, {}), methods=['POST']),
    Route('/api/v0.2/stats', receiver(trace_stats, {}), methods=['POST']),
    Route('/api/v1/validate', _answer({'valid': True})),
    Route('/api/v2/validate', _answer(valid_v2)),
    Route('/_health', _answer(ok)),
    Route('/api/sandbox/received', received),
]
