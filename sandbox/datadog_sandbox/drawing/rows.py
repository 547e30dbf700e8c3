"""Bars across with their values, as of a toplist."""

from collections.abc import Mapping, Sequence
from typing import Any

from .colours import token
from .model import Drawing

HEIGHT = 34
"""Pixels of a bar and the space around it."""


def bars_across(rows: Sequence[Mapping[str, Any]]) -> Drawing:
    """Draw records with `name`, `value`, `text`, and the token of their `colour`."""
    colours = sorted({row['colour'] for row in rows})
    y = {
        'field': 'name',
        'type': 'nominal',
        'sort': None,
        'axis': {
            'title': None,
            'domain': False,
            'ticks': False,
            'labelLimit': 240,
            'labelColor': token('text'),
            'labelFontSize': 12,
        },
    }
    # The values stand behind the bars.
    x = {'field': 'value', 'type': 'quantitative', 'axis': None, 'scale': {'range': [0, {'expr': 'width - 70'}]}}
    colour = {
        'field': 'colour',
        'type': 'nominal',
        'legend': None,
        'scale': {'domain': colours, 'range': [name if name.startswith('#') else token(name) for name in colours]},
    }
    bars = {
        'mark': {'type': 'bar', 'cornerRadiusEnd': 3, 'tooltip': True},
        'encoding': {
            'color': colour,
            'tooltip': [{'field': 'name', 'title': 'group'}, {'field': 'text', 'title': 'value'}],
        },
    }
    values = {
        'mark': {'type': 'text', 'align': 'left', 'dx': 6, 'fontSize': 12, 'color': token('text')},
        'encoding': {'text': {'field': 'text', 'type': 'nominal'}},
    }
    specification = {'encoding': {'x': x, 'y': y}, 'layer': [bars, values]}
    return Drawing(specification, {'points': rows}, height=HEIGHT * len(rows) + 20)
