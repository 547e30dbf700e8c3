"""Drawings: Vega and Vega-Lite specifications, the same for a page and for a picture.

A specification names its colours (`token('muted')`) and has no data in it: whoever shows it puts in those of a theme,
and the records. Times are drawn in UTC unless a page is asked for local ones.
"""

from .colours import LINES, THEMES, Theme, series_colours, token
from .model import Block, Drawing, columns, records
from .pictures import CONFIG, specification

__all__ = [
    'CONFIG', 'LINES', 'THEMES', 'Block', 'Drawing', 'Theme', 'columns', 'records', 'series_colours',
    'specification', 'token',
]  # fmt: skip
