"""Monitors: the state of each group as time goes on, and what is to be notified of.

One module in `types` for each type of monitor; what all share is beside it: options, states, notices, explanations.
"""

from .evaluation import evaluate, evaluated, refusal
from .explanation import Explainer, explain, overall, values
from .model import Notice, Remark, State
from .types import TYPES, MonitorType, parse
from .types.metric import MetricMonitor

__all__ = [
    'TYPES', 'Explainer', 'MetricMonitor', 'MonitorType', 'Notice', 'Remark', 'State', 'evaluate', 'evaluated',
    'explain', 'overall', 'parse', 'refusal', 'values',
]  # fmt: skip
