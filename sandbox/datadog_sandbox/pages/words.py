"""Moments, lengths of time, sizes, and states, as a page writes them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from datadog_sandbox.drawing.table import Cell
from datadog_sandbox.notifications import number
from datadog_sandbox.times import DAY, HOUR, MINUTE
from datadog_sandbox.widgets.formats import Paint

from .markdown import markdown

NANOSECONDS = 1_000_000_000


def iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).isoformat().replace('+00:00', 'Z')


def date(moment: float) -> str:
    return f'{datetime.fromtimestamp(moment, UTC):%a %-d %b}'


def clock(moment: float) -> str:
    return f'{datetime.fromtimestamp(moment, UTC):%H:%M:%S}'


def duration(seconds: float) -> str:
    """Return a length of time in one or two units."""
    seconds = max(0, int(seconds))
    for unit, size, small, part in (('d', DAY, 'h', HOUR), ('h', HOUR, 'min', MINUTE), ('min', MINUTE, '', 0)):
        if seconds >= size:
            rest = seconds % size // part if part else 0
            return f'{seconds // size} {unit}' + (f' {rest} {small}' if rest else '')
    return f'{seconds} s'


def nanoseconds(duration: float) -> str:
    for size, unit in ((NANOSECONDS, 's'), (1_000_000, 'ms'), (1_000, 'µs')):
        if duration >= size:
            return f'{duration / size:.3g} {unit}' if duration < 999.5 * size else f'{duration / size:.0f} {unit}'
    return f'{duration:.0f} ns'


def byte_size(size: float) -> str:
    for unit in ('B', 'KB', 'MB'):
        if size < 999.5:
            return f'{size:.3g} {unit}'
        size /= 1000
    return f'{size:.3g} GB'


def tick(moment: float, span: int) -> str:
    """Return a time on a scale of a span of seconds."""
    return f'{datetime.fromtimestamp(moment, UTC):{"%a %-d %b" if span > 200_000 else "%H:%M"}}'


def state_class(state: str) -> str:
    """Return the class of a state: what colour and shape it has."""
    match state.lower():
        case 'ok' | 'kept' | 'active':
            return 'ok'
        case 'warn' | 'warning':
            return 'warn'
        case 'alert' | 'critical' | 'error' | 'emergency':
            return 'alert'
    return 'no-data'


def severity(state: str) -> int:
    """Return the place of a state in the order from the worst to the best."""
    return ('alert', 'warn', 'no-data', 'ok').index(state_class(state))


def check_status(number: int) -> str:
    """Return the word for the status of a check."""
    return {0: 'OK', 1: 'Warning', 2: 'Critical'}.get(number, 'Unknown')


def monitor_name(monitor: Mapping[str, Any]) -> str:
    return str(monitor.get('name') or monitor['query'])


def downtime_title(downtime: Mapping[str, Any]) -> str:
    """Return the first line of the message of a downtime, or its scope."""
    attributes = downtime['attributes']
    lines = (attributes.get('message') or '').strip().splitlines()
    # It stands within sentences.
    return lines[0].removesuffix('.') if lines else f'Downtime of {attributes.get("scope") or "*"}'


def short_range(words: str) -> str:
    """Return a time range as Datadog writes it in the corner of a widget, such as 15m, or the words that it has."""
    match = re.fullmatch(r'Past (?:(\d+) )?(minute|hour|day|week|month|year)s?', words)
    return f'{match[1] or 1}{"mo" if match[2] == "month" else match[2][0]}' if match else words


def paint(colours: Cell | Paint) -> str:
    """Return the classes of a cell or a value that has colours of a theme."""
    text, background = colours.colour, colours.background
    names = (('ink', text), ('fill', background))
    return ''.join(f' {kind}-{name}' for kind, name in names if name and not name.startswith('#'))


def painted(colours: Cell | Paint) -> Markup:
    """Return the attributes of one that has colours of its own: the policy of a page allows no style in it."""
    names = (('colour', colours.colour), ('background', colours.background))
    return Markup('').join(Markup(' data-{}="{}"').format(key, name) for key, name in names if name.startswith('#'))


def breakable(text: str) -> Markup:
    """Return a string that may go on in the next line where its words end, as between the tags of a group."""
    return Markup('<wbr>').join(re.split(r'(?<=[,:_./=])(?=\w)', text))


FILTERS: dict[str, Callable[..., Any]] = {
    'breakable': breakable,
    'bytes': byte_size,
    'clock': clock,
    'date': date,
    'duration': duration,
    'iso': iso,
    'kind': state_class,
    'markdown': markdown,
    'name': monitor_name,
    'nanoseconds': nanoseconds,
    'number': number,
    'paint': paint,
    'painted': painted,
    'short_range': short_range,
    'status': check_status,
    'tick': tick,
}
"""By their names in the templates."""
