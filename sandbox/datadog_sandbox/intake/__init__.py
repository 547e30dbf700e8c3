"""The intake: a module for each kind of data that Agents and clients post, with decoders that are pure functions.

A decoder takes a body and the window of allowed times, and returns a `Batch` to store. It raises `Refused` with one
line that says what is wrong; then nothing of the request is stored.
"""

from starlette.routing import BaseRoute, Route

from datadog_sandbox import presence

from .checks import service_checks
from .distributions import distribution_points, sketches
from .hosts import host_metadata
from .logs import log_decoder
from .metrics import metrics_v1, metrics_v2_json, metrics_v2_protobuf
from .model import Batch, Window
from .receiving import keep, not_kept, received, receiver, receiving
from .traces import trace_stats, traces

__all__ = ['Batch', 'Window', 'keep', 'metrics_v1', 'metrics_v2_json', 'metrics_v2_protobuf', 'not_kept', 'routes']


ok = {'status': 'ok'}
routes: list[BaseRoute] = [
    Route('/api/v2/series', receiver(metrics_v2_json, {'errors': []}, metrics_v2_protobuf), methods=['POST']),
    Route('/api/v1/series', receiver(metrics_v1, ok), methods=['POST']),
    Route('/api/beta/sketches', receiver(sketches, {'errors': []}), methods=['POST']),
    Route('/api/v1/distribution_points', receiver(distribution_points, ok), methods=['POST']),
    Route('/api/v1/check_run', receiver(service_checks, ok), methods=['POST']),
    Route('/intake/', receiver(host_metadata, ok), methods=['POST']),
    Route('/api/v0.2/traces', receiver(traces, {}), methods=['POST']),
    Route('/api/v0.2/stats', receiver(trace_stats, {}), methods=['POST']),
    Route('/api/v2/logs', receiving(log_decoder, {}), methods=['POST']),
    # The key may be in the path, which is then not counted with it.
    Route('/v1/input', receiving(log_decoder, {}, 200, '/v1/input'), methods=['POST']),
    Route('/v1/input/{key}', receiving(log_decoder, {}, 200, '/v1/input'), methods=['POST']),
    *presence.routes,
    Route('/api/sandbox/received', received),
]
