"""Dashboard widgets: evaluated, and drawn for pages and pictures.

Each type is one module in `types/`, beside what several of them share; `TYPES` is the one registry of them.
"""

from .evaluation import FAULTS, evaluate, refusal
from .model import Content, Context, Empty, Widget
from .queries import ids, metric_queries, metrics
from .registry import TYPES
from .variables import chosen

__all__ = [
    'FAULTS',
    'TYPES',
    'Content',
    'Context',
    'Empty',
    'Widget',
    'chosen',
    'evaluate',
    'ids',
    'metric_queries',
    'metrics',
    'refusal',
]
