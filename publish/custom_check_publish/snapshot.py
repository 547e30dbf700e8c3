"""Turn one widget of the timeboard into a picture, and the picture into a mail."""

import re
import time
import uuid
from collections.abc import Sequence
from typing import Any

import urllib3
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_fixed

from .assets import Resource, integration_tags
from .http import pool_for, within
from .marker import MANAGED_BY

PERIOD = 3600
"""Seconds that a snapshot looks back: the last hour."""
READY_WITHIN = 30.0
"""Seconds to wait for the picture; the API only says that there is "some delay"."""
POLL_EVERY = 2.0
"""Seconds."""


class WidgetError(Exception):
    """A widget that does not exist or is not a graph of metrics."""


def graph(dashboard: Resource, number: int) -> tuple[dict[str, Any], str]:
    """Return the graph definition and title of a widget, the first being number 1.

    Template variables have no values outside the dashboard, so each is replaced by its default. Formulas are written
    out as classic queries (`q`), the form that the snapshot endpoint documents. Raises `WidgetError`.
    """
    widgets = dashboard.unmarked['widgets']
    titles = [widget['definition'].get('title') or widget['definition'].get('type', '') for widget in widgets]
    graphs = [position for position, widget in enumerate(widgets, 1) if 'requests' in widget['definition']]
    allowed = '; '.join(f'{position} "{titles[position - 1]}"' for position in graphs)
    if not 1 <= number <= len(widgets):
        raise WidgetError(f'{number} is not a widget of "{dashboard.title}", which has: {allowed}.')
    definition = widgets[number - 1]['definition']
    requests = [
        {
            'q': _fill_in(query, dashboard.unmarked.get('template_variables') or []),
            'type': request.get('display_type', 'line'),
            'style': request.get('style', {}),
        }
        for request in definition.get('requests') or []
        if isinstance(request, dict)
        for query in _queries(request)
    ]
    if not requests:
        raise WidgetError(f'widget {number} "{titles[number - 1]}" is not a graph of metrics.')
    return {'viz': definition['type'], 'requests': requests}, titles[number - 1]


def _queries(request: dict[str, Any]) -> list[str]:
    """Return the classic query of each line of a request, with the formulas written out; none for other data."""
    if 'q' in request:
        return [request['q']]
    queries = request.get('queries') or []
    if any(query.get('data_source') != 'metrics' for query in queries):
        return []
    by_name = {query['name']: query['query'] for query in queries}
    formulas = [formula['formula'] for formula in request.get('formulas') or []] or list(by_name)
    names = re.compile(r'\b(' + '|'.join(map(re.escape, by_name)) + r')\b')
    return [names.sub(lambda match: by_name[match[1]], formula) for formula in formulas] if by_name else []


def _fill_in(query: str, variables: list[dict[str, Any]]) -> str:
    # Longest name first, so that $host does not eat the start of $hostname.
    for variable in sorted(variables, key=lambda variable: -len(variable['name'])):
        name, prefix = variable['name'], variable.get('prefix')
        values = variable.get('defaults') or [variable.get('default') or '*']
        if '*' in values:
            scope, bare = '*', '*'
        else:
            bare = ' OR '.join(values)
            scope = ' OR '.join(f'{prefix}:{value}' if prefix else value for value in values)
            if len(values) > 1:
                scope, bare = f'({scope})', f'({bare})'
        query = query.replace(f'${name}.value', bare).replace(f'${name}', scope)
    return query


def wait_until_ready(url: str) -> bool:
    """Ask for the picture, without the keys, until it is there; return False when it is not within `READY_WITHIN`.

    A host that cannot be reached from here ends the wait: waiting does not help, and the reader may well reach it.
    """

    def is_there() -> bool:
        answer = pool_for(url).request('GET', url, timeout=5.0, preload_content=False, retries=False)
        answer.close()
        return answer.status == 200 and answer.headers.get('content-type', '').startswith('image/')

    attempts = Retrying(
        retry=retry_if_result(lambda ready: not ready),
        wait=wait_fixed(POLL_EVERY),
        stop=stop_after_attempt(1 + int(READY_WITHIN / POLL_EVERY)),
    )
    try:
        return bool(attempts(within, POLL_EVERY + 5, is_there))
    except (urllib3.exceptions.HTTPError, TimeoutError, RetryError, ValueError):
        return False


def event(
    url: str, title: str, dashboard: Resource, monitors: Sequence[Resource], emails: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """Return the event that mails the picture, and the tag that only this event has.

    The dashboard has no tags: the monitors beside it name the integration.
    """
    tag = f'custom_check_snapshot:{uuid.uuid4().hex}'
    mentions = ' '.join(f'@{email}' for email in dict.fromkeys(emails))
    return {
        'title': f'{dashboard.title}: {title}',
        # Between %%% the text is Markdown.
        'text': f'%%% \n{mentions}\n\n**{title}**, the last hour:\n\n![{title}]({url})\n\n[Picture]({url})\n %%%',
        'tags': [*integration_tags(monitors), MANAGED_BY, tag],
        'alert_type': 'info',
        'priority': 'normal',
        'date_happened': int(time.time()),
    }, tag
