"""The pages: what the account holds and what it makes of it, for a browser.

A page is rendered whole on the server. `static/live.js` fetches it again every few seconds, changes in place what is
different, and draws the charts. What comes from others is escaped: by Jinja2, or in Markdown without HTML.

One module for each page or pair of pages; whatever `routes` a module here has are served. `frame.py` has the menu.
"""

from importlib import import_module
from pkgutil import iter_modules

from starlette.routing import BaseRoute

from .frame import not_found

__all__ = ['not_found', 'routes']

routes: list[BaseRoute] = [
    route
    for module in iter_modules(__path__)
    for route in getattr(import_module(f'{__name__}.{module.name}'), 'routes', [])
]
