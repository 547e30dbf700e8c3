"""States over time: a row for each thing that has them."""

from collections.abc import Mapping, Sequence
from typing import Any

from .axes import time_axis
from .colours import token
from .model import Drawing

HEIGHT, AROUND = 26, 100
"""Pixels of a row, and of the axis and the legend."""
MOMENT = "'%a %-d %b %H:%M:%S'"


def timeline(
    names: Sequence[str], spells: Sequence[Mapping[str, Any]], states: Mapping[str, str], start: int, end: int
) -> Drawing:
    """Draw records with `name`, `state`, and `from` and `to` in milliseconds, in the rows `names` from the top.

    `states` has the token of each state, in the order of the legend.
    """
    there = {spell['state'] for spell in spells}
    shown = {state: colour for state, colour in states.items() if state in there}
    specification = {
        'transform': [
            {'calculate': f'utcFormat(datum.{edge}, {MOMENT})', 'as': f'{edge} moment'} for edge in ('from', 'to')
        ],
        'mark': {'type': 'rect', 'tooltip': True, 'clip': True},
        'encoding': {
            'x': {**time_axis(start, end), 'field': 'from'},
            'x2': {'field': 'to'},
            'y': {
                'field': 'name',
                'type': 'nominal',
                'sort': None,
                'scale': {'domain': [*names], 'paddingInner': 0.4, 'paddingOuter': 0.2},
                'axis': {'title': None, 'domain': False, 'ticks': False, 'labelLimit': 150},
            },
            'color': {
                'field': 'state',
                'type': 'nominal',
                'scale': {'domain': [*shown], 'range': [token(colour) for colour in shown.values()]},
                # On a phone, there is room for two beside the names.
                'legend': {'title': None, 'symbolType': 'square', 'columns': 2},
            },
            'tooltip': [
                {'field': field, 'type': 'nominal', 'title': title}
                for field, title in (('name', 'group'), ('state',) * 2, ('from moment', 'from'), ('to moment', 'to'))
            ],
        },
    }
    return Drawing(specification, {'points': [*spells]}, height=HEIGHT * len(names) + AROUND)
