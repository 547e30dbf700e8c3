"""Monitors: the state of each group over time, and the notices of its changes.

`types` has a module for each type of monitor; the modules beside it are shared by all types: options, states, notices,
explanations.
"""

from .errors import clear_error, error, save_error
from .evaluation import GroupChange, RecordChange, evaluate, evaluated, refusal
from .explanation import Explainer, explain, values
from .lines import Line, lines
from .model import Link, Notice, Remark, State
from .order import dependencies, in_order, reads_events
from .overall import overall
from .remarks import remarks
from .spells import Held, held, spells
from .timing import missing_at, next_evaluation
from .types import MonitorType, metrics, parse, scoped_tags
from .types.composite import CompositeMonitor
from .types.metric import MetricMonitor
from .types.service_check import ServiceCheckMonitor
from .words import duration

__all__ = [
    'TYPES', 'CompositeMonitor', 'Explainer', 'GroupChange', 'Held', 'Line', 'Link', 'MetricMonitor', 'MonitorType',
    'Notice', 'RecordChange', 'Remark', 'ServiceCheckMonitor', 'State', 'clear_error', 'dependencies', 'duration',
    'error', 'evaluate', 'evaluated', 'explain', 'held', 'in_order', 'lines', 'metrics', 'missing_at',
    'next_evaluation', 'overall', 'parse', 'reads_events', 'refusal', 'remarks', 'save_error', 'scoped_tags',
    'spells', 'values',
]  # fmt: skip

TYPES = MetricMonitor.names
"""Two names of the same type: a monitor may change from one to the other."""
