"""A mail as its reader gets it: with the graph of its monitor, and links from there."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from datadog_sandbox.monitors import Notice, parse
from datadog_sandbox.store import Mail
from datadog_sandbox.times import MINUTE

from .markup import GRAPH, LINKS

RELATIVE = re.compile(r'(href=")(?=/(?!/))')


def period(monitor: Mapping[str, Any], moment: int) -> tuple[int, int]:
    """Return the time of which a mail about a moment shows a graph, and to which its links lead.

    Approximated: with a window of 5 minutes, the links in Datadog's own mails begin 15 minutes before an alert and end
    5 minutes after it, as those do that people have published, such as `from_ts=1746012650000&to_ts=1746013850000` for
    2025-04-30 11:45:50 UTC.
    """
    window = max(5 * MINUTE, parse(monitor).window)
    return moment - 3 * window, moment + window


def links(monitor: Mapping[str, Any], notice: Notice) -> list[tuple[str, str]]:
    """Return the links below the message of a monitor, as paths. Datadog's to the editor has no page here."""
    start, end = period(monitor, notice.moment)
    query = {'group': notice.group} if notice.tags else {}
    query |= {'from_ts': str(start * 1000), 'to_ts': str(end * 1000)}
    pairs = [('Monitor Status', f'/monitors/{monitor["id"]}?{urlencode(query)}')]
    if host := notice.tags.get('host'):
        pairs.append((f'View {host}', f'/infrastructure?{urlencode({"hostname": host})}'))
    return pairs


def text(mail: Mail, base: str) -> str:
    """Return a mail as text. `base` is the address of the server, such as 'http://127.0.0.1:8080'."""
    lines = ''.join(f'{label}: {base}{path}\n' for label, path in mail.body.get('links') or [])
    return f'{mail.body["text"]}\n{lines}' if lines else str(mail.body['text'])


def html(mail: Mail, base: str, graph: str) -> str:
    """Return a mail as HTML, with the address of its graph, or without one where that is empty."""
    known = mail.body.get('links') or []
    row = ' · '.join(f'[<a href="{escape(path)}">{escape(label)}</a>]' for label, path in known)
    picture = f'<img src="{escape(graph)}" alt="Metric Graph" style="max-width: 100%">'
    if known:
        picture = f'<a href="{escape(known[0][1])}">{picture}</a>'
    page = str(mail.body['html'])
    page = page.replace(GRAPH, f'<p>{picture}</p>' if graph else '', 1)
    page = page.replace(LINKS, f'<p>{row}</p>' if row else '', 1)
    return RELATIVE.sub(rf'\g<1>{escape(base)}', page) if base else page
