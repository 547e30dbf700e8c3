"""Styles, scripts, and the icon."""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

TYPES = {'css': 'text/css', 'js': 'text/javascript', 'svg': 'image/svg+xml'}
ASSETS = ('style.css', 'live.js', 'charts.js', 'legend.js', 'pointer.js', 'complete.js', 'icon.svg', 'vega.js')


_bundling = Lock()


def asset(name: str) -> bytes:
    if name != 'vega.js':
        return _file(name)
    with _bundling:
        return bundle()


@cache
def _file(name: str) -> bytes:
    return files('datadog_sandbox').joinpath('static', name).read_bytes()


@cache
def bundle() -> bytes:
    """Return Vega, Vega-Lite, and what embeds them, as one script.

    It takes about two seconds once in a process; whoever starts a server may call it in a thread ahead of the first
    page.
    """
    import vl_convert

    return vl_convert.javascript_bundle('window.show = vegaEmbed;').encode()


@cache
def static_address(name: str) -> str:
    """Return the address of a file, which changes with its content: a browser may keep it for ever."""
    content = version('vl-convert-python').encode() if name == 'vega.js' else asset(name)
    return f'/static/{name}?v={hashlib.blake2b(content, digest_size=6).hexdigest()}'


def static(request: Request) -> Response:
    name = request.path_params['name']
    if name not in ASSETS:
        return Response(status_code=404)
    headers = {'Cache-Control': 'public, max-age=31536000, immutable', 'X-Content-Type-Options': 'nosniff'}
    return Response(asset(name), media_type=TYPES[name.rpartition('.')[2]], headers=headers)


routes: list[BaseRoute] = [
    Route('/static/{name}', static),
]
