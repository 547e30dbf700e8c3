"""The API: what clients send, answered as Datadog answers.

One module for each family of endpoints; whatever `routes` a module here has are served.
"""

from importlib import import_module
from pkgutil import iter_modules

from starlette.routing import BaseRoute

routes: list[BaseRoute] = [
    route
    for module in iter_modules(__path__)
    for route in getattr(import_module(f'{__name__}.{module.name}'), 'routes', [])
]
