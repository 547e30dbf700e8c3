"""The name that Datadog gives to a monitor without one."""

import re

from datadog_sandbox import query

SCOPED = re.compile(r'(?:\w+:)?([A-Za-z][\w.]*)\{([^{}]*)\}')
HOW = {'avg': 'on average', 'sum': 'in total', 'max': 'at least once', 'min': 'at all times'}
"""In the words of Datadog's form for metric monitors; for `<`, `max` and `min` change places."""
WINDOW = re.compile(r'\(\s*(?:last|current|next)_(\w+)')


def name_of(text: str, parsed: query.MonitorQuery | None) -> str:
    """Return the name of a query. Of one that is more than a metric of a scope, it is the query itself."""
    match = SCOPED.search(parsed.query) if parsed is not None else None
    window = WINDOW.search(text)
    if parsed is None or match is None or window is None or parsed.aggregator not in HOW:
        return text
    aggregator = parsed.aggregator
    if parsed.operator[0] == '<':
        aggregator = {'max': 'min', 'min': 'max'}.get(aggregator, aggregator)  # type: ignore[assignment]
    return (
        f'**{match[1]}** over **{match[2]}** was **{parsed.operator} {parsed.threshold}** '
        f'{HOW[aggregator]} during the **last {window[1]}**.'
    )
