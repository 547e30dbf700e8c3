"""Metric queries as Datadog documents them: their language, their functions, and what they make of a store."""

from .bands import outside
from .calculation import calculate
from .calculation import check as check_formula
from .completion import complete, complete_formula
from .errors import QueryError, shorten
from .evaluation import Line, Rows, evaluate, evaluate_formulas, evaluate_rows, group_name
from .formulas import approximations, arguments, inside, queried, reach, summarizer
from .grid import Grid
from .histograms import HISTOGRAM, Histogram, histogram
from .intervals import default_interval
from .language import parse
from .monitor import COMPARE, MonitorQuery, parse_monitor
from .names import as_word, name_queries, substitute
from .scopes import capitals, required
from .series import has_series, tags_of, values_by_key
from .variables import fill_in, fill_in_title

__all__ = [
    'COMPARE', 'HISTOGRAM', 'Grid', 'Histogram', 'Line', 'MonitorQuery', 'QueryError', 'Rows', 'approximations',
    'arguments', 'as_word', 'calculate', 'capitals', 'check_formula', 'complete', 'complete_formula',
    'default_interval', 'evaluate', 'evaluate_formulas', 'evaluate_rows', 'fill_in', 'fill_in_title', 'group_name',
    'has_series', 'histogram', 'inside', 'name_queries', 'outside', 'parse', 'parse_monitor', 'queried', 'reach',
    'required', 'shorten', 'substitute', 'summarizer', 'tags_of', 'values_by_key',
]  # fmt: skip
