"""Bars that stand beside each other, as of a bar chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from .axes import value_axis
from .colours import coloured
from .model import Drawing

HEIGHT, CROWD = 260, 20
"""Pixels, and how many bars all have their names."""


def bars_upright(rows: Sequence[Mapping[str, Any]]) -> Drawing:
    """Draw records with `name`, `value`, `text`, and the token of their `colour`, in their order."""
    colours = sorted({row['colour'] for row in rows})
    labels = {'labelAngle': -35, 'labelLimit': 110, 'labelOverlap': len(rows) > CROWD}
    x_axis = {'title': None, 'domain': False, 'ticks': False, **labels}
    colour = {
        'field': 'colour',
        'type': 'nominal',
        'legend': None,
        'scale': {'domain': colours, 'range': [coloured(name) for name in colours]},
    }
    encoding = {
        'x': {'field': 'name', 'type': 'nominal', 'sort': None, 'axis': x_axis},
        'y': {**value_axis({}), 'field': 'value'},
        'color': colour,
        'tooltip': [{'field': 'name', 'title': 'group'}, {'field': 'text', 'title': 'value'}],
    }
    mark = {'type': 'bar', 'cornerRadiusEnd': 3, 'tooltip': True}
    return Drawing({'mark': mark, 'encoding': encoding}, {'points': rows}, height=HEIGHT)
