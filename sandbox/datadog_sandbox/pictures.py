"""Pictures of widgets: PNG, drawn on this machine without a network."""

import json
from collections.abc import Mapping
from typing import Any

from . import widgets
from .drawing import Theme, specification
from .drawing.words import paragraph
from .query import QueryError
from .store import Store


def snapshot(
    store: Store,
    definition: Mapping[str, Any],
    start: int,
    end: int,
    width: int = 800,
    height: int = 300,
    theme: Theme = 'light',
) -> bytes:
    """Draw the snapshot of a definition: PNG, `width` by `height` pixels. Raises `QueryError`."""
    widget = widgets.evaluate(store, definition, {}, start, end)
    if widget.failed:
        raise QueryError(widget.message)
    drawing = widget.content.drawing() if widget.content else paragraph(widget.message)
    return png(specification(drawing, theme, width, height, widget.title))


def png(spec: Mapping[str, Any], scale: float = 1) -> bytes:
    """Return a specification as PNG. It needs a width."""
    import vl_convert

    draw = vl_convert.vega_to_png if '/vega/' in str(spec.get('$schema')) else vl_convert.vegalite_to_png
    # Nothing is fetched: the data is in it, and no address is allowed.
    return draw(json.dumps(spec), scale=scale, allowed_base_urls=[])
