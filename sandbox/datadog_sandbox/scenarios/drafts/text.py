"""Writes a scenario as people would."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from datadog_sandbox.scenarios.outcomes import Outcome
from datadog_sandbox.times import DAY, HOUR, MINUTE

from .shapes import START, Attempt

HEAD = """\
# Written by datadog-sandbox rehearse --init. The inputs were derived from the query, and the expectations are the
# results of a run: read them, and change those that are not what you want.
"""
MOST_MAILS = 6
PLAIN = {'OK', 'Alert', 'Warn', 'No Data'}


class Entry(NamedTuple):
    """A monitor of a file, as a scenario names it."""

    file: str
    only: str
    """Its name in the file; empty where it is alone there."""
    name: str
    """Its name in the scenario."""

    def __str__(self) -> str:
        return f'{{file: {quoted(self.file)}, only: [{quoted(self.only)}]}}' if self.only else quoted(self.file)


class Title(NamedTuple):
    """What a scenario begins with, and how its expectations name the monitor."""

    name: str
    entries: Sequence[Entry]
    monitor: str = ''
    """Empty where there is only one."""


def scenario(title: Title, attempt: Attempt, outcome: Outcome | None, moments: Sequence[int]) -> str:
    """Return the YAML of a scenario, with what is expected at some moments."""
    lines = [
        HEAD,
        'monitors:',
        *(f'  - {entry}' for entry in title.entries),
        'tests:',
        f'  - name: {quoted(f"{title.name}: OK, Alert, OK")}',
    ]
    lines += [f'    start: {START:%Y-%m-%dT%H:%M}', f'    duration: {duration(attempt.phases.total)}']
    if attempt.interval != MINUTE:
        lines += [f'    interval: {duration(attempt.interval)}']
    for key, entries in (
        ('input_series', attempt.input_series),
        ('check_series', attempt.check_series),
        ('event_series', attempt.event_series),
        ('log_series', attempt.log_series),
        ('span_series', attempt.span_series),
    ):
        if entries:
            lines += [f'    {key}:', *(line for each in entries for line in _entry(each))]
    if outcome is not None:
        subject = f'monitor: {quoted(title.monitor)}, ' if title.monitor else ''
        lines += _states(outcome, moments, subject)
        lines += _mails(outcome, subject)
    return '\n'.join(lines) + '\n'


def _entry(entry: Mapping[str, Any]) -> list[str]:
    lines = []
    for number, (key, value) in enumerate(entry.items()):
        start = '      - ' if not number else '        '
        if key == 'values':
            lines += [f'{start}values:', *(f'          - {_flow(step)}' for step in value)]
        elif isinstance(value, list):
            lines.append(f'{start}{key}: [{", ".join(map(quoted, value))}]')
        else:
            written = quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f'{start}{key}: {written}')
    return lines


def _flow(step: Mapping[str, Any]) -> str:
    parts = [f'{key}: {duration(value) if key == "for" else json.dumps(value)}' for key, value in step.items()]
    return f'{{{", ".join(parts)}}}'


def _states(outcome: Outcome, moments: Sequence[int], subject: str) -> list[str]:
    lines = ['    monitor_test:']
    for moment in moments:
        states = {track.group: track.state(moment) for track in outcome.tracks}
        groups = ', '.join(f'{quoted(group)}: {state or "absent"}' for group, state in states.items())
        at = duration(moment - outcome.start)
        lines.append(f'      - {{{subject}eval_time: {at}, exp_groups: {{{groups or "'*': absent"}}}}}')
    return lines


def _mails(outcome: Outcome, subject: str) -> list[str]:
    kinds = list(dict.fromkeys((to, mail.title) for mail in outcome.mails for to in mail.to))[:MOST_MAILS]
    if not kinds:
        return ['    mail_test:', '      - {' + subject + 'exp_count: 0}'] if not outcome.mails else []
    lines = ['    mail_test:']
    for to, title in kinds:
        count = sum(to in mail.to and title in mail.title for mail in outcome.mails)
        lines.append(f'      - {{{subject}to: {quoted(to)}, title: {quoted(title)}, exp_count: {count}}}')
    return lines


def quoted(value: Any) -> str:
    """Return a string as it is where YAML reads it so, else in quotes."""
    text = str(value)
    plain = text.replace(':', '').replace('.', '').replace('-', '').replace('_', '').replace('/', '')
    if plain.isalnum() and plain.isascii() and text[0].isalpha() and not text.endswith(':') and ': ' not in text:
        return text if text not in ('true', 'false', 'null') else f"'{text}'"
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text)


def duration(seconds: int) -> str:
    """Return a duration such as 1h30m."""
    text = ''
    for unit, length in (('d', DAY), ('h', HOUR), ('m', MINUTE), ('s', 1)):
        count, seconds = divmod(seconds, length)
        text += f'{count}{unit}' if count else ''
    return text or '0m'
