"""The functions of the query language, in Datadog's own categories: each module here is one, and is found by itself."""

import pkgutil
from importlib import import_module

for module in pkgutil.iter_modules(__path__):
    import_module(f'{__name__}.{module.name}')
