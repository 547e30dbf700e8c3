"""Monitors: the state of each group as time goes on, and what is to be notified of.

One module in `types` for each type of monitor; what all share is beside it: options, states, notices, explanations.
"""

from .errors import clear_error, error, keep_error
from .evaluation import evaluate, evaluated, refusal
from .explanation import Explainer, explain, overall, values
from .model import Notice, Remark, State
from .order import in_order
from .remarks import remarks
from .timing import missing_at, next_evaluation
from .types import MonitorType, metrics, parse
from .types.metric import MetricMonitor

__all__ = [
    'TYPES', 'Explainer', 'MetricMonitor', 'MonitorType', 'Notice', 'Remark', 'State', 'clear_error', 'error',
    'evaluate', 'evaluated', 'explain', 'in_order', 'keep_error', 'metrics', 'missing_at', 'next_evaluation', 'overall',
    'parse', 'refusal', 'remarks', 'values',
]  # fmt: skip

TYPES = MetricMonitor.names
"""The two names of one type: a monitor may change from one to the other."""
