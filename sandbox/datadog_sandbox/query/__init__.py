"""Metric queries as Datadog documents them: their language, their functions, and what they make of a store."""

from .evaluation import (
    Line,
    default_interval,
    evaluate,
    evaluate_formulas,
    evaluate_rows,
    group_name,
    has_series,
    queried,
    summarizer,
    tags_of,
)
from .functions import QueryError
from .language import MonitorQuery, fill_in, parse, parse_monitor

__all__ = [
    'Line', 'MonitorQuery', 'QueryError', 'default_interval', 'evaluate', 'evaluate_formulas', 'evaluate_rows',
    'fill_in', 'group_name', 'has_series', 'parse', 'parse_monitor', 'queried', 'summarizer',
    'tags_of',
]  # fmt: skip
