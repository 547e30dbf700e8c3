"""The widget types: every subclass of `Content` in the modules of `types/`."""

import pkgutil
from importlib import import_module
from typing import Any

from . import types
from .model import Content


def _types() -> dict[str, type[Content]]:
    for module in pkgutil.iter_modules(types.__path__):
        import_module(f'{types.__name__}.{module.name}')
    return {content.type: content for content in _below(Content) if hasattr(content, 'type')}


def _below(parent: Any) -> list[type[Content]]:
    """Return all subclasses of a class."""
    return [content for child in parent.__subclasses__() for content in (child, *_below(child))]


TYPES = _types()
