"""The pages that the tests in a browser open."""

from collections.abc import Callable
from typing import Any

PATHS = (
    '/', '/dashboards', '/monitors', '/monitors/1', '/downtimes', '/mail', '/mail/1', '/hosts', '/hosts/web-1',
    '/traces', '/services', '/service/web', '/trace/77', '/received', '/monitors/1/json',
    '/dashboards/abc-def-ghi/json',
    '/monitors/import', '/metric/summary', '/metric/summary?metric=test.wave', '/event/explorer', '/logs',
    '/event/event?id=5', '/metric/explorer?query=avg:test.wave{*}+by+{host}&events=*',
)  # fmt: skip
BOARD = '/dashboard/abc-def-ghi'
# Bundling Vega takes some seconds on a slow machine, once.
PATIENCE = 60_000

Open = Callable[..., Any]
"""Opens a page: see `open_page` in browsing.py."""
