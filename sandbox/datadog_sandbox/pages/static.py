"""Styles, scripts, and the icon."""

import gzip
import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from datadog_sandbox import layout

TYPES = {'css': 'text/css', 'js': 'text/javascript', 'svg': 'image/svg+xml', 'json': 'application/json'}
ASSETS = (
    'style.css',
    'dashboards.css',
    'layout.css',
    'live.js',
    'charts.js',
    'legend.js',
    'pointer.js',
    'complete.js',
    'zone.js',
    'icon.svg',
    'world.json',
    'vega.js',
)
SMALL = 2_000
"""Bytes."""
BUNDLE = "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle('window.show = vegaEmbed;'))"

_bundling = Lock()


def asset(name: str) -> bytes:
    if name == 'layout.css':
        return layout.styles().encode()
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

    To make it takes seconds, in which a process does nothing else: another one does it, once for a user's machine.
    """
    folder = Path(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'datadog-sandbox')
    cached = folder / f'vega-{version("vl-convert-python")}.js'
    with suppress(OSError):
        return cached.read_bytes()
    content = subprocess.run([sys.executable, '-c', BUNDLE], capture_output=True, check=True).stdout
    # A user without a home has a path that is not absolute.
    if folder.is_absolute():
        with suppress(OSError):
            _keep(cached, content)
    return content


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all: two servers may do it at the same time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)


def packed(request: Request, body: bytes, media_type: str, headers: dict[str, str], status: int = 200) -> Response:
    """Return a body, compressed for a browser that takes it so. What takes long to compress is in a thread."""
    headers = headers | {'Vary': 'Accept-Encoding'}
    if len(body) > SMALL and 'gzip' in request.headers.get('accept-encoding', ''):
        body, headers = _gzip(body), headers | {'Content-Encoding': 'gzip'}
    return Response(body, status, headers, media_type)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 4, mtime=0)


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
    return packed(request, asset(name), TYPES[name.rpartition('.')[2]], headers)


routes: list[BaseRoute] = [
    Route('/static/{name}', static),
]
