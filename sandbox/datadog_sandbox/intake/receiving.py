"""Receives a post: decodes it with a pure function, stores it in a transaction, and responds after the commit."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datadog_sandbox.http import answer_of, decompress, read_body
from datadog_sandbox.store import Store

from .fields import MAX_LENGTH
from .model import Batch, Window

Decoder = Callable[[bytes, Window], Batch]


def keep(store: Store, batch: Batch, path: str, size: int, now: int) -> None:
    """Store the whole batch of a post, or nothing of it, and count the post, of `size` bytes to `path`."""
    with store.transaction():
        items = store.add(batch.points) + sum(map(len, batch[1:]))
        store.add_sketches(batch.sketches)
        hosts = {point[0].host for point in batch.points} | {sketch.series.host for sketch in batch.sketches}
        hosts |= {row.host for rows in (batch.checks, batch.spans) for row in rows}
        store.touch_hosts(hosts - {''}, now)
        for name, tags, meta in batch.hosts:
            known = store.host(name)
            if known:
                tags, meta = known.tags if tags is None else tags, {**known.meta, **meta}
            store.add_host(name, tags or (), meta, now)
        store.add_service_checks(batch.checks)
        store.add_spans(batch.spans)
        store.add_trace_stats(batch.stats)
        store.add_logs(batch.logs)
        for event in batch.events:
            store.save('event', event['id'], event)
        store.count_received('POST', path, True, size, items, now)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Pause the collector, which would look again and again at the objects of a large post: they form no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def receiver(decode: Decoder, answer: Mapping[str, Any], decode_protobuf: Decoder | None = None) -> Any:
    """Return an endpoint that decodes posts, stores them, and responds with `answer`."""

    def choose(request: Request) -> Decoder:
        is_protobuf = 'protobuf' in request.headers.get('content-type', '')
        return decode_protobuf if decode_protobuf and is_protobuf else decode

    return receiving(choose, answer)


def receiving(
    choose: Callable[[Request], Decoder], answer: Mapping[str, Any], status: int = 202, counted_as: str = ''
) -> Any:
    """Return the endpoint that decodes a post as its headers say, keeps it, and answers."""

    async def receive(request: Request) -> Response:
        if request.headers.get('x-requested-with') == 'datadog-agent-diagnose':
            return await not_kept(request)
        body = await read_body(request)

        def work() -> None:
            state, headers = request.app.state, request.headers
            now = int(state.clock())
            plain = decompress(body, headers.get('content-encoding', ''))
            with _no_collections():
                batch = choose(request)(plain, Window(now - state.retention, now))
            keep(state.store, batch, counted_as or request.url.path, len(body), now)

        await run_in_threadpool(work)
        return answer_of(request.url.path, answer, status)

    return receive


async def not_kept(request: Request) -> Response:
    """Accept a post of an Agent that the account has no use for; it is only counted."""
    size = len(await read_body(request))
    state, path = request.app.state, request.url.path[:MAX_LENGTH]
    await run_in_threadpool(state.store.count_received, request.method, path, False, size, 0, int(state.clock()))
    return answer_of(path, {'errors': []}, 202)


def received(request: Request) -> Response:
    """Return the counts of requests by method, path, and whether they were stored."""
    rows = request.app.state.store.received()
    return JSONResponse({'received': [row._asdict() for row in rows]})
