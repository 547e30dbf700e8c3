"""Logs, as Agents and clients post them.

What is in a log is read as Datadog preprocesses it:
https://docs.datadoghq.com/logs/log_configuration/pipelines/#preprocessing
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request

from datadog_sandbox.http import Refused, parse_json
from datadog_sandbox.store import Log
from datadog_sandbox.times import HOUR

from .fields import normal_tags, object_of, string_of
from .model import Batch, Window
from .receiving import Decoder

OLDEST, LATEST = 18 * HOUR, 2 * HOUR
"""Seconds that the time of a log may lie back and ahead."""
MOST_LOGS, MOST_BYTES = 1000, 1_000_000
"""Logs of a post; bytes of the message of a log, beyond which it is cut off, and of its attributes."""
OWN = ('message', 'status', 'timestamp', 'hostname', 'service', 'ddsource', 'ddtags')
"""The fields of a posted log; others become attributes."""
RESERVED = {
    'host': ('host', 'hostname', 'syslog.hostname'),
    'service': ('service', 'syslog.appname', 'dd.service'),
    'source': ('ddsource',),
    'status': ('status', 'severity', 'level', 'syslog.severity'),
    'message': ('message', 'msg', 'log'),
    'time': (
        '@timestamp', 'timestamp', '_timestamp', 'Timestamp', 'eventTime', 'date', 'published_date', 'syslog.timestamp',
    ),
}  # fmt: skip
"""The attributes of a JSON log that say what it is, the first one that there is."""
SEVERITIES = 'emergency', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug'
"""By the number that syslog has for them."""
BEGINNINGS = {
    'emerg': 'emergency', 'f': 'emergency', 'a': 'alert', 'c': 'critical', 'e': 'error', 'w': 'warn', 'n': 'notice',
    'i': 'info', 'd': 'debug', 'trace': 'debug', 'verbose': 'debug', 'o': 'ok', 's': 'ok',
}  # fmt: skip
"""https://docs.datadoghq.com/logs/log_configuration/processors/?tab=ui#log-status-remapper"""


def log_decoder(request: Request) -> Decoder:
    """Return the decoder of a post: the parameters of its address say what its logs do not say themselves."""
    given = {name: request.query_params[name] for name in OWN if request.query_params.get(name)}
    kind = request.headers.get('content-type', 'application/json').partition(';')[0].strip().lower()
    match kind:
        case 'application/json' | '':
            return partial(json_logs, given)
        case 'text/plain':
            return partial(text_log, given)
    raise Refused(f'logs are application/json or text/plain, not {kind[:100]!r}', 415)


def json_logs(given: Mapping[str, Any], body: bytes, window: Window) -> Batch:
    """Decode a log, or a list of logs. An empty object, by which an Agent tests the connection, brings none."""
    posted = parse_json(body)
    entries = posted if isinstance(posted, list) else [object_of(posted, 'the body')]
    if len(entries) > MOST_LOGS:
        raise Refused(f'{len(entries)} logs are posted at once: at most {MOST_LOGS} are allowed', 413)
    return Batch(logs=[_log({**given, **object_of(entry, 'a log')}, window) for entry in entries if entry])


def text_log(given: Mapping[str, Any], body: bytes, window: Window) -> Batch:
    """Decode a log that is the whole body."""
    try:
        return Batch(logs=[_log({**given, 'message': body.decode()}, window)] if body else [])
    except UnicodeDecodeError as error:
        raise Refused('the body is not UTF-8') from error


def _log(entry: Mapping[str, Any], window: Window) -> Log:
    """Return a log as it is kept."""
    message = entry.get('message')
    attributes = {name: value for name, value in entry.items() if name not in OWN}
    inner = message if isinstance(message, dict) else _json_object(message) if isinstance(message, str) else None
    attributes |= inner or {}
    reserved = {name: _first(attributes, paths) for name, paths in RESERVED.items()}
    words = {name: string_of(entry.get(name), f'{name} of a log', '') for name in ('hostname', 'service', 'ddsource')}
    text = _text(message)
    if (inner or not text) and isinstance(reserved['message'], str):
        text = reserved['message']
        attributes = {name: value for name, value in attributes.items() if name != _name_of(attributes)}
    if len(orjson.dumps(attributes)) > MOST_BYTES:
        raise Refused(f'the attributes of a log have more than {MOST_BYTES} bytes', 413)
    return Log(
        0,
        _time(reserved['time'], entry.get('timestamp'), window),
        _word(reserved['host'], words['hostname']),
        _word(reserved['service'], words['service']),
        _word(reserved['source'], words['ddsource']),
        _status(entry.get('status') if reserved['status'] is None else reserved['status']),
        text.encode()[:MOST_BYTES].decode(errors='ignore'),
        _tags(entry.get('ddtags'), attributes.get('ddtags')),
        attributes,
    )


def _json_object(message: str) -> dict[str, Any] | None:
    """Return the object that a message is; None for one that is not JSON, and stays a string."""
    if not message.lstrip().startswith('{'):
        return None
    try:
        value = parse_json(message.encode())
    except Refused:
        return None
    return value if isinstance(value, dict) else None


def _first(attributes: Mapping[str, Any], paths: tuple[str, ...]) -> Any:
    """Return the value of the first path that has one: a string, a number, or None."""
    for path in paths:
        value: Any = attributes.get(path)
        for key in path.split('.') if value is None and '.' in path else ():
            value = (attributes if value is None else value).get(key)
            if not isinstance(value, dict):
                break
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return value
    return None


def _name_of(attributes: Mapping[str, Any]) -> str:
    """Return which attribute is the message."""
    return next(name for name in RESERVED['message'] if isinstance(attributes.get(name), str))


def _text(message: Any) -> str:
    if isinstance(message, dict):
        return orjson.dumps(message).decode()
    return string_of(message, 'the message of a log', '')


def _word(reserved: Any, default: str) -> str:
    return reserved if isinstance(reserved, str) and reserved else default


def _status(given: Any) -> str:
    """Return the status that a severity is; `info` for what is not known."""
    if given is None:
        return 'info'
    word = str(int(given) if isinstance(given, float) else given).strip().lower()
    if word.isascii() and word.isdecimal() and len(word) == 1 and int(word) < len(SEVERITIES):
        return SEVERITIES[int(word)]
    return next((status for beginning, status in BEGINNINGS.items() if word.startswith(beginning)), 'info')


def _tags(*given: Any) -> tuple[str, ...]:
    tags: list[str] = []
    for some in given:
        tags += string_of(some, 'ddtags of a log', '').split(',')
    return normal_tags(tag.strip() for tag in tags)


# Times


def _time(reserved: Any, timestamp: Any, window: Window) -> int:
    """Return the milliseconds of a log: what it says itself, what its sender says, or now."""
    seconds = _seconds(reserved, window.now)
    if seconds is None:
        seconds = _seconds(timestamp, window.now)
    if seconds is None:
        return window.now * 1000
    oldest, latest = max(window.oldest, window.now - OLDEST), window.now + LATEST
    if not oldest <= seconds <= latest:
        raise Refused(f'the time {seconds!r} of a log is not between {oldest} and {latest}')
    return round(seconds * 1000)


def _seconds(value: Any, now: int) -> float | None:
    """Return the time of milliseconds since the epoch, of ISO 8601, or of RFC 3164; None for anything else."""
    if isinstance(value, str):
        for read in (_iso, partial(_syslog, now=now)):
            if (seconds := read(value.strip()[:64])) is not None:
                return seconds
        value = int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return value / 1000 if known and 1e11 < value < 1e14 else None


def _iso(text: str) -> float | None:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _syslog(text: str, now: int) -> float | None:
    """Return the time of `Nov 26 14:47:04`, which has no year: the latest that is not ahead."""
    year = datetime.fromtimestamp(now + LATEST, UTC).year
    for candidate in (year, year - 1):
        try:
            seconds = datetime.strptime(f'{candidate} {text} +0000', '%Y %b %d %H:%M:%S %z').timestamp()
        except ValueError:
            continue
        if seconds <= now + LATEST:
            return seconds
    return None
