"""The mails of monitors, downtimes, and events, as the account keeps them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any

from datadog_sandbox import downtimes
from datadog_sandbox.monitors import Link, Notice
from datadog_sandbox.monitors.words import clock
from datadog_sandbox.store import Store

from . import alert_events
from .letters import links
from .markup import Holes, markdown, page, without_holes
from .mentions import mentions, without_handles
from .templates import Context, TemplateError, overridden_priority, render
from .variables import context, number

TITLES = {'Alert': 'Triggered', 'Warn': 'Warn', 'No Data': 'No Data', 'OK': 'Recovered'}
COLORS = {'Alert': '#d32f2f', 'Warn': '#b26a00', 'No Data': '#616161', 'OK': '#2e7d32'}


def _keep(store: Store, moment: int, to: list[str], subject: str, text: str, **about: Any) -> int | None:
    """Store a mail, and return its id; None without recipients."""
    if not to:
        return None
    # A header is one line.
    subject = ' '.join(subject.split())
    return store.add_mail(moment, {'to': to, 'subject': subject, 'text': text, **about})


def title(monitor: Mapping[str, Any], notice: Notice, name: str, priority: int | None) -> str:
    """Return the subject of a notice, such as `[P2] [Triggered on {host:a}] name`."""
    state = TITLES[notice.new]
    if notice.kind == 'renotify':
        state = f'Re-{state}'
    if (monitor.get('options') or {}).get('include_tags', True) and notice.tags:
        state += f' on {{{notice.group}}}'
    return f'[P{priority}] [{state}] {name}' if priority else f'[{state}] {name}'


def _template(monitor: Mapping[str, Any], notice: Notice) -> str:
    """Return the message of a monitor, with its escalation message in a reminder.

    "A message to include with a re-notification": https://docs.datadoghq.com/api/latest/monitors/
    """
    template = without_holes(str(monitor.get('message') or ''))
    escalation = (monitor.get('options') or {}).get('escalation_message')
    return f'{template}\n\n{escalation}' if notice.kind == 'renotify' and escalation else template


def _facts(monitor: Mapping[str, Any], notice: Notice) -> list[tuple[str, str]]:
    """Return what stands below a message."""
    preset = (monitor.get('options') or {}).get('notification_preset_name')
    facts = [('State', f'{notice.old or "new"} → {notice.new}' if notice.old != notice.new else notice.new)]
    if notice.value is not None:
        facts.append(('Value', number(notice.value)))
    facts.append(('Group', notice.group))
    if preset not in ('hide_query', 'hide_all'):
        facts.append(('Query', monitor['query']))
    return [*facts, ('Evaluated at', clock(notice.moment))]


def _body(template: str, variables: Context, show: Callable[[str], str]) -> str:
    return re.sub(r'\n{3,}', '\n\n', render(template, variables, show)).strip()


def _encoded(value: str) -> str:
    """Encode a value for the text of a mail.

    "Variable content is HTML-encoded by default": https://docs.datadoghq.com/monitors/notify/variables/#character-escape
    """
    return value if isinstance(value, Link) else escape(value)


def monitor_mail(
    store: Store, monitor: Mapping[str, Any], notice: Notice, plain: bool = False, with_event: bool = True
) -> int | None:
    """Store the mail and the event of a notice.

    Return the id of the mail; None if the message mentions no recipient in this state. A rehearsal, whose mails nobody
    opens, keeps plain ones without HTML and links, and events only where a monitor counts them.
    """
    template, variables, holes = _template(monitor, notice), context(store, monitor, notice), Holes()
    try:
        text = _body(template, variables, _encoded)
        marked = '' if plain else _body(template, variables, holes.mark)
        name = render(monitor.get('name') or '', variables)
        priority = overridden_priority(template, variables)
        recovering = _recovery_recipients(template, variables, notice)
    except TemplateError as error:
        text = marked = f'This message cannot be rendered: {error}\n\n{template}'
        name, priority, recovering = monitor.get('name') or '', monitor.get('priority'), []
    to = mentions(text)
    others = [address for address in recovering if address not in to]
    if (monitor.get('options') or {}).get('notification_preset_name') in ('hide_handles', 'hide_all'):
        text, marked = without_handles(text), without_handles(marked)
    subject, facts = title(monitor, notice, name, priority), _facts(monitor, notice)
    lines = '\n'.join(f'{fact}: {value}' for fact, value in facts)
    about = {'kind': notice.kind, 'monitor': monitor['id'], 'group': notice.group, 'status': notice.new}
    if with_event:
        alert_events.keep(store, monitor, notice, subject, name, text, facts)
    html = {}
    if not plain:
        about['links'] = links(monitor, notice)
        html['html'] = page(subject, COLORS[notice.new], holes.fill(markdown(marked)), facts)
    id_ = _keep(store, notice.moment, to, subject, f'{text}\n\n{lines}\n', **about, **html)
    if others:
        html = {} if plain else {'html': page(subject, COLORS[notice.new], '', facts)}
        _keep(store, notice.moment, others, subject, f'{lines}\n', **about, **html)
    return id_


def _recovery_recipients(template: str, variables: Context, notice: Notice) -> list[str]:
    """Return the recipients in `{{#is_alert_recovery}}` when an alert becomes a warning: they get only the facts.

    "For ALERT to WARNING transitions, {{#is_alert_recovery}} recipients receive notifications without message bodies":
    https://docs.datadoghq.com/monitors/notify/variables/
    """
    if (notice.old, notice.new) != ('Alert', 'Warn'):
        return []
    recovered = variables._replace(conditions=variables.conditions | {'is_alert_recovery'})
    return mentions(render(template, recovered))


def downtime_mail(store: Store, downtime: downtimes.Downtime, moment: int) -> int | None:
    """Store the mail about a new downtime, to the recipients that its message mentions."""
    attributes = downtime['attributes']
    message = attributes.get('message') or ''
    schedule = attributes.get('schedule') or {}
    zone = attributes.get('display_timezone') or schedule.get('timezone') or 'UTC'
    facts = [('Scope', attributes.get('scope') or '*')]
    window = downtimes.current(downtime, moment)
    if window is not None:
        facts += [('From', f'{_local(window.start, zone)} ({zone})'), ('Until', _local(window.end, zone))]
    recurrences = schedule.get('recurrences') or []
    if recurrences:
        rules = [f'{recurrence["rrule"]} for {recurrence["duration"]}' for recurrence in recurrences]
        facts.append(('Repeats', ', '.join(rules)))
    first = next((line.strip() for line in message.splitlines() if line.strip()), 'without a message')
    subject = f'[Downtime scheduled] {first}'
    lines = '\n'.join(f'{fact}: {value}' for fact, value in facts)
    html = page('Downtime scheduled', COLORS['No Data'], markdown(message), facts)
    about = {'kind': 'downtime', 'downtime': downtime['id']}
    return _keep(store, moment, mentions(message), subject, f'{message}\n\n{lines}\n', html=html, **about)


def _local(moment: int, zone: str) -> str:
    if moment == downtimes.FOREVER:
        return 'without an end'
    return datetime.fromtimestamp(moment, downtimes.zone(zone)).strftime('%a %d %b %Y %H:%M')


def event_mail(store: Store, event: Mapping[str, Any], moment: int) -> int | None:
    """Store the mail of an event whose text mentions recipients. Text between `%%%` is Markdown, with its pictures."""
    text = event.get('text') or ''
    heading = event.get('title') or ''
    # Every other piece stands between two %%%.
    html = ''.join(
        markdown(piece.strip()) if place % 2 else f'<p style="white-space: pre-wrap">{escape(piece.strip())}</p>'
        for place, piece in enumerate(text.split('%%%'))
        if piece.strip()
    )
    plain = text.replace('%%%', '').strip()
    body = page(heading, COLORS['No Data'], html, [])
    return _keep(store, moment, mentions(plain), heading, f'{plain}\n', html=body, kind='event', event=event.get('id'))
