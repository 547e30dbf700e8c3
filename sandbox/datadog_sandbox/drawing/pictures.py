"""A drawing with its data, colours, and size: what vl-convert makes a picture of."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from .colours import THEMES, Theme, themed, token
from .model import Drawing

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
SCHEMAS = {
    'vega-lite': 'https://vega.github.io/schema/vega-lite/v5.json',
    'vega': 'https://vega.github.io/schema/vega/v5.json',
}
CONFIG = {
    'font': FONT,
    'view': {'stroke': None},
    'title': {'color': token('text'), 'fontSize': 14, 'fontWeight': 600, 'limit': 2000},
    'axis': {
        'labelColor': token('muted'),
        'titleColor': token('muted'),
        'labelFontSize': 11,
        'titleFontSize': 11,
        'titleFontWeight': 'normal',
        'gridColor': token('grid'),
        'domainColor': token('axis'),
        'tickColor': token('axis'),
        'labelPadding': 6,
    },
    'legend': {
        'labelColor': token('text'),
        'titleColor': token('muted'),
        'labelFontSize': 11,
        'titleFontSize': 11,
        'titleFontWeight': 'normal',
        'orient': 'bottom',
        'direction': 'horizontal',
        'labelLimit': 300,
        'columnPadding': 16,
        'rowPadding': 3,
        'offset': 8,
        'symbolStrokeWidth': 3,
        'symbolSize': 90,
    },
    'scale': {'barBandPaddingInner': 0.25},
}
"""What all drawings share; charts.js gets it once for a page."""


def specification(drawing: Drawing, theme: Theme, width: int, height: int, title: str = '') -> dict[str, Any]:
    """Return the whole specification of a picture, `width` by `height` pixels."""
    colours = THEMES[theme]
    spec = {
        '$schema': SCHEMAS[drawing.mode],
        'width': width,
        'height': height,
        'autosize': {'type': 'fit', 'contains': 'padding'},
        'background': colours['surface'],
        'padding': {'left': 8, 'right': 14, 'top': 10, 'bottom': 8},
        'config': themed(CONFIG, colours),
        **themed(drawing.specification, colours),
    }
    if title:
        spec['title'] = {'text': title, 'anchor': 'start', 'offset': 12}
    sets: dict[str, Any] = drawing.sets()
    if drawing.mode == 'vega':
        spec['data'] = [
            source | ({'values': sets[source['name']]} if source['name'] in sets else {}) for source in spec['data']
        ]
        return spec
    sets |= {name: _content(file) for name, file in drawing.files.items()}
    return {'data': {'name': 'points'}} | spec | {'datasets': sets}


@cache
def _content(file: str) -> Any:
    return json.loads(files('datadog_sandbox').joinpath('static', file).read_bytes())
