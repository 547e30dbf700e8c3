"""Messages rendered as Datadog renders them, the mails that come of it, and their way to an SMTP server."""

import json
import re
import smtplib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt

from . import downtimes
from .monitors import Notice
from .query import parse_monitor
from .store import Mail, Store

SENDER = 'Sandbox <alerts@sandbox.invalid>'
# `@` and an address, not inside a word or another address.
MENTION = re.compile(r'(?<![\w.@+-])@([\w.+-]+@[\w-]+(?:\.[\w-]+)*)', re.ASCII)
STATES = {'alert': 'Alert', 'warning': 'Warn', 'no_data': 'No Data'}
TITLES = {'Alert': 'Triggered', 'Warn': 'Warn', 'No Data': 'No Data', 'OK': 'Recovered'}
COLORS = {'Alert': '#d32f2f', 'Warn': '#b26a00', 'No Data': '#616161', 'OK': '#2e7d32'}


class TemplateError(ValueError):
    """One line: what of a message cannot be rendered."""


# Templates

TAG = re.compile(
    r'\{\{!--.*?--\}\}|\{\{![^}]*\}\}'
    r'|\{\{\{\{\s*(?P<raw>[\w.]+)(?P<raw_args>[^}]*)\}\}\}\}(?P<raw_text>.*?)\{\{\{\{/\s*(?P=raw)\s*\}\}\}\}'
    r'|\{\{\{(?P<plain>[^{}]*)\}\}\}'
    r'|\{\{(?P<sigil>[#^/]?)\s*(?P<inside>[^{}]*?)\s*\}\}',
    re.DOTALL,
)
WORDS = re.compile(r'"([^"]*)"|\'([^\']*)\'|(\[[^\]]*\]\S*|[^\s"\']+)')


class _Block(NamedTuple):
    """A condition, and what is rendered when it holds and when it does not."""

    name: str
    arguments: tuple[str, ...]
    then: list[Any]
    otherwise: list[Any]


class _Value(NamedTuple):
    words: tuple[str, ...]
    escaped: bool


def _words(text: str) -> tuple[str, ...]:
    return tuple(''.join(groups) for groups in WORDS.findall(text))


@lru_cache(maxsize=256)
def _parse(template: str) -> list[Any]:
    """Return texts, values and blocks. Raises `TemplateError`."""
    root: list[Any] = []
    # For each open block: its name, where its parts go, and where the next part goes.
    stack: list[tuple[str, _Block | None, list[Any]]] = [('', None, root)]
    position = 0
    for match in TAG.finditer(template):
        into = stack[-1][2]
        into.append(template[position : match.start()])
        position = match.end()
        sigil, inside = match['sigil'], match['inside']
        if match['raw']:
            text = [match['raw_text']]
            into += text if match['raw'] == 'raw' else [_Block(match['raw'], _words(match['raw_args']), text, [])]
        elif match['plain'] is not None:
            into.append(_Value(_words(match['plain']), False))
        elif inside is None:
            continue  # A comment.
        elif sigil in ('#', '^'):
            words = _words(inside)
            if not words:
                raise TemplateError('{{%s}} names no condition.' % sigil)
            block = _Block(words[0], words[1:], [], [])
            into.append(block)
            stack.append((words[0], block, block.then if sigil == '#' else block.otherwise))
        elif sigil == '/':
            name = stack.pop()[0] if len(stack) > 1 else ''
            if name != inside:
                raise TemplateError('{{/%s}} closes %s.' % (inside, 'the block {{#%s}}' % name if name else 'no block'))
        elif inside == 'else' and (opened := stack[-1][1]) is not None:
            stack[-1] = (opened.name, opened, opened.otherwise if into is opened.then else opened.then)
        else:
            into.append(_Value(_words(inside), True))
    if len(stack) > 1:
        raise TemplateError('{{#%s}} is not closed.' % stack[-1][0])
    root.append(template[position:])
    return root


def check(template: str) -> None:
    """Refuse a message whose blocks do not fit together. Raises `TemplateError`."""
    _parse(template)


class Context(NamedTuple):
    """What a message is rendered with."""

    variables: Mapping[str, str]
    conditions: frozenset[str]
    """The conditions without parameters that hold, such as `is_alert`."""
    priority: int | None = None


def render(template: str, context: Context, show: Callable[[str], str] = str) -> str:
    """Return the text of a message. `show` is given the value of each variable in double braces.

    A variable without a value, and a function that is not supported, render as nothing. Raises `TemplateError`.
    """
    return ''.join(_render(_parse(template), context, show))


def _render(parts: Sequence[Any], context: Context, show: Callable[[str], str]) -> list[str]:
    texts: list[str] = []
    for part in parts:
        if isinstance(part, _Block):
            texts += _render(part.then if _holds(part, context) else part.otherwise, context, show)
        elif isinstance(part, _Value):
            value = _value(part.words, context)
            texts.append(show(value) if part.escaped and value else value)
        else:
            texts.append(part)
    return texts


def _value(words: Sequence[str], context: Context) -> str:
    if len(words) == 3 and words[0] == 'local_time':
        epoch = context.variables.get(f'{words[1]}_epoch')
        try:
            local = datetime.fromtimestamp(int(epoch or '') / 1000, ZoneInfo(words[2]))
        except (KeyError, OSError, ValueError):
            return ''
        return local.isoformat(' ', 'seconds')
    return _variable(words[0], context) if len(words) == 1 else ''


def _variable(name: str, context: Context) -> str:
    # `[dot.key].name` is the way to write a key with a period.
    return context.variables.get(re.sub(r'\[([^\]]*)\]', r'\1', name), '')


def _holds(block: _Block, context: Context) -> bool:
    name, arguments = block.name, block.arguments
    if name in ('is_match', 'is_exact_match') and arguments:
        value, wanted = _variable(arguments[0], context), arguments[1:]
        if name == 'is_match':
            return any(text in value if text else bool(value) for text in wanted)
        return any(text == value or _same_number(text, value) for text in wanted)
    if name == 'is_priority':
        return any(text.upper() == f'P{context.priority}' for text in arguments)
    return name in context.conditions


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


# What a monitor's messages are rendered with


def number(value: float | None) -> str:
    """Return a number as messages show it: with up to 3 digits after the point, and more where it begins with zeros."""
    if value is None:
        return ''
    rounded = round(float(value), 3) if abs(value) >= 1 else float(f'{value:.3g}')
    return str(int(rounded)) if rounded.is_integer() else str(rounded)


def _utc(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime('%Y-%m-%d %H:%M:%S UTC')


def context(store: Store, monitor: Mapping[str, Any], notice: Notice) -> Context:
    """Return the variables and conditions of a notice."""
    options = monitor.get('options') or {}
    thresholds = options.get('thresholds') or {}
    query = parse_monitor(monitor['query'])
    variables = {
        'value': number(notice.value),
        'threshold': number(thresholds.get('critical', query.threshold)),
        'warn_threshold': number(thresholds.get('warning')),
        'ok_threshold': number(thresholds.get('critical_recovery')),
        'comparator': query.operator,
    }
    for name, moment in (('first_triggered_at', notice.first_triggered), ('last_triggered_at', notice.last_triggered)):
        if moment is not None:
            variables |= {name: _utc(moment), f'{name}_epoch': str(moment * 1000)}
    if notice.first_triggered is not None:
        variables['triggered_duration_sec'] = str(notice.moment - notice.first_triggered)
    if 'host' in notice.tags:
        variables |= host_variables(store, notice.tags['host'])
    for key, value in notice.tags.items():
        variables |= {key: value, f'{key}.name': value}
    return Context(variables, frozenset(_conditions(notice)), monitor.get('priority'))


def _conditions(notice: Notice) -> set[str]:
    names = {status: name for name, status in STATES.items()}
    found = {f'is_{names[notice.new]}'} if notice.new in names else set()
    if notice.kind == 'renotify':
        found.add('is_renotify')
    if notice.old in names and notice.old != notice.new:
        if notice.new == 'OK':
            found |= {'is_recovery', f'is_{names[notice.old]}_recovery'}
        else:
            found.add(f'is_{names[notice.old]}_to_{names[notice.new]}')
    return found


def host_variables(store: Store, name: str) -> dict[str, str]:
    """Return the variables that a group of a host has: its tags, its address, and what the Agent says of it."""
    values: dict[str, set[str]] = {}
    for tag in store.host_tags(name):
        key, _, value = tag.partition(':')
        values.setdefault(key, set()).add(value)
    variables = {key: ','.join(sorted(value)) for key, value in values.items()}
    variables |= {f'{key}.name': value for key, value in variables.items()}
    host = store.host(name)
    if host is None:
        return variables
    gohai = _object(host.meta.get('gohai'))
    network, platform, cpu = (_object(gohai.get(part)) for part in ('network', 'platform', 'cpu'))
    return variables | {
        'host.ip': _text(network.get('ipaddress')),
        'host.metadata_agent_version': _text(host.meta.get('agentVersion')),
        'host.metadata_machine': _text(platform.get('machine')),
        'host.metadata_platform': _text(platform.get('os')),
        'host.metadata_processor': _text(cpu.get('model_name') or platform.get('processor')),
    }


def _object(value: Any) -> dict[str, Any]:
    """Return an object of the metadata, some of which is JSON in a text; an empty one where there is none."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ''


# Markdown

_MARKDOWN = MarkdownIt('commonmark', {'html': False, 'breaks': True}).enable('table')
# Where the value of a variable goes: characters of the private use area, which mean nothing in Markdown. In the address
# of a link or picture the renderer writes them in percent.
HOLE = re.compile('\ue000(\\d+)\ue001|%EE%80%80(\\d+)%EE%80%81')


@lru_cache(maxsize=256)
def markdown(text: str) -> str:
    """Return HTML; HTML in the text is shown as it is written."""
    return str(_MARKDOWN.render(text))


def _filled(html: str, values: Sequence[str]) -> str:
    """Put values into the holes: as texts, or as a part of an address, so that nothing in them is Markdown or HTML."""

    def value(match: re.Match[str]) -> str:
        return escape(values[int(match[1])]) if match[1] else quote(values[int(match[2])])

    return HOLE.sub(value, html)


def mentions(text: str) -> list[str]:
    """Return the addresses that a text mentions, each once, in their order."""
    return list(dict.fromkeys(MENTION.findall(text)))


# Mails


def _keep(store: Store, moment: int, subject: str, text: str, html: str, **about: Any) -> int | None:
    """Keep a mail to those whom the text mentions; None when it mentions nobody."""
    to = mentions(text)
    if not to:
        return None
    # A header is one line.
    subject = ' '.join(subject.split())
    return store.add_mail(moment, {'to': to, 'subject': subject, 'text': text, 'html': html, **about})


def _page(heading: str, color: str, body: str, facts: Mapping[str, str]) -> str:
    rows = ''.join(f'<tr><td>{escape(name)}&nbsp;</td><td>{escape(value)}</td></tr>' for name, value in facts.items())
    return (
        '<!DOCTYPE html><html><body style="font-family: sans-serif">'
        f'<h2 style="color: {color}">{escape(heading)}</h2>{body}'
        f'<table style="color: #616161; font-size: smaller">{rows}</table></body></html>'
    )


def title(monitor: Mapping[str, Any], notice: Notice, name: str) -> str:
    """Return the subject of a notice, such as `[P2] [Triggered on {host:a}] name`."""
    state = TITLES[notice.new]
    if notice.kind == 'renotify':
        state = f'Re-{state}'
    if (monitor.get('options') or {}).get('include_tags', True) and notice.tags:
        state += f' on {{{notice.group}}}'
    priority = f'[P{monitor["priority"]}] ' if monitor.get('priority') else ''
    return f'{priority}[{state}] {name}'


def monitor_mail(store: Store, monitor: Mapping[str, Any], notice: Notice) -> int | None:
    """Keep the mail of a notice, and return its id; None when its message mentions nobody in this state."""
    options = monitor.get('options') or {}
    template = str(monitor.get('message') or '').replace('\ue000', '')
    if notice.kind == 'renotify' and options.get('escalation_message'):
        template = options['escalation_message']
    about = context(store, monitor, notice)
    values: list[str] = []

    def hole(value: str) -> str:
        values.append(value)
        return f'\ue000{len(values) - 1}\ue001'

    try:
        text, marked = (re.sub(r'\n{3,}', '\n\n', render(template, about, show)).strip() for show in (str, hole))
        name = render(monitor.get('name') or '', about)
    except TemplateError as error:
        text = marked = f'This message cannot be rendered: {error}\n\n{template}'
        name = monitor.get('name') or ''
    subject = title(monitor, notice, name)
    facts = {'State': f'{notice.old or "new"} → {notice.new}' if notice.old != notice.new else notice.new}
    if notice.value is not None:
        facts['Value'] = number(notice.value)
    facts |= {'Group': notice.group, 'Query': monitor['query'], 'Evaluated at': _utc(notice.moment)}
    lines = '\n'.join(f'{name}: {value}' for name, value in facts.items())
    html = _page(subject, COLORS[notice.new], _filled(markdown(marked), values), facts)
    about_it = {'kind': notice.kind, 'monitor': monitor['id'], 'group': notice.group, 'status': notice.new}
    return _keep(store, notice.moment, subject, f'{text}\n\n{lines}\n', html, **about_it)


def downtime_mail(store: Store, downtime: downtimes.Downtime, moment: int) -> int | None:
    """Keep the mail that tells those whom a downtime's message mentions that it is scheduled."""
    attributes = downtime['attributes']
    message = attributes.get('message') or ''
    schedule = attributes.get('schedule') or {}
    name = attributes.get('display_timezone') or schedule.get('timezone') or 'UTC'
    facts = {'Scope': attributes.get('scope') or '*'}
    window = downtimes.current(downtime, moment)
    if window is not None:
        facts |= {'From': f'{_on_the_clock(window.start, name)} ({name})', 'Until': _on_the_clock(window.end, name)}
    recurrences = schedule.get('recurrences') or []
    if recurrences:
        facts['Repeats'] = ', '.join(f'{each["rrule"]} for {each["duration"]}' for each in recurrences)
    first = next((line.strip() for line in message.splitlines() if line.strip()), 'without a message')
    subject = f'[Downtime scheduled] {first}'
    lines = '\n'.join(f'{name}: {value}' for name, value in facts.items())
    html = _page('Downtime scheduled', COLORS['No Data'], markdown(message), facts)
    return _keep(store, moment, subject, f'{message}\n\n{lines}\n', html, kind='downtime', downtime=downtime['id'])


def _on_the_clock(moment: int, zone: str) -> str:
    if moment == downtimes.FOREVER:
        return 'for ever'
    return datetime.fromtimestamp(moment, downtimes.zone(zone)).strftime('%a %d %b %Y %H:%M')


def event_mail(store: Store, event: Mapping[str, Any], moment: int) -> int | None:
    """Keep the mail of an event whose text mentions somebody. Text between `%%%` is Markdown, with its pictures."""
    text = event.get('text') or ''
    heading = event.get('title') or ''
    # Every other piece stands between two %%%.
    html = ''.join(
        markdown(piece.strip()) if number % 2 else f'<p style="white-space: pre-wrap">{escape(piece.strip())}</p>'
        for number, piece in enumerate(text.split('%%%'))
        if piece.strip()
    )
    plain = text.replace('%%%', '').strip()
    page = _page(heading, COLORS['No Data'], html, {})
    return _keep(store, moment, heading, f'{plain}\n', page, kind='event', event=event.get('id'))


# To a mail client, and to a server


def eml(mail: Mail) -> bytes:
    """Return a mail as a file that mail clients open, and as servers take it."""
    return _message(mail).as_bytes()


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage(SMTP.clone(cte_type='7bit'))
    message['From'] = SENDER
    message['To'] = ', '.join(mail.body['to'])
    message['Subject'] = mail.body['subject']
    message['Date'] = format_datetime(datetime.fromtimestamp(mail.time, UTC))
    # The same each time: who gets a mail twice can tell.
    message['Message-ID'] = f'<{mail.id}.{mail.time}@sandbox.invalid>'
    message.set_content(mail.body['text'])
    message.add_alternative(mail.body['html'], subtype='html')
    return message


def send(store: Store, host: str, port: int, timeout: float = 10) -> int:
    """Send what is not sent yet, the oldest first, and return how many mails the server took.

    A mail counts as sent once the server took it. One that the server refuses holds up no other. Raises `OSError` or
    `smtplib.SMTPException` (an `OSError` too) when not all were sent; the rest is for the next time.
    """
    waiting = store.mails(unsent=True)
    if not waiting:
        return 0
    refused: smtplib.SMTPException | None = None
    sent = 0
    with smtplib.SMTP(host, port, timeout=timeout) as smtp:
        for mail in waiting:
            try:
                smtp.send_message(_message(mail))
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
                refused = error
            else:
                store.mark_sent(mail.id)
                sent += 1
    if refused is not None:
        raise refused
    return sent
