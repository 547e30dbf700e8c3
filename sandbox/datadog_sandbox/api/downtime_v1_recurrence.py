"""A recurrence in the form of API v1, in days, weeks, months, or years, from and to a rule of RFC 5545."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from datadog_sandbox import downtimes

from .endpoint import Refused

FREQUENCIES = {'days': 'DAILY', 'weeks': 'WEEKLY', 'months': 'MONTHLY', 'years': 'YEARLY'}
DAYS = ('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')
LAST = 250_000_000_000
"""A time in seconds that date arithmetic still reaches."""
RULE = re.compile(
    rf'FREQ=(?P<frequency>{"|".join(FREQUENCIES.values())});INTERVAL=(?P<period>\d+)(;BYDAY=(?P<days>[A-Z,]+))?'
    r'(;COUNT=(?P<count>\d+)|;UNTIL=(?P<until>\d{8}T\d{6}Z))?'
)
"""What a rule looks like that `rule_of` made."""


def rule_of(recurrence: Mapping[str, Any]) -> str:
    """Return the rule for a recurrence. Raises `Refused`, in the words that were recorded."""
    kind = recurrence.get('type')
    if kind == 'rrule':
        return str(recurrence.get('rrule') or '')
    if kind not in FREQUENCIES:
        raise Refused('Invalid recurrence type')
    days, count, until = (recurrence.get(name) for name in ('week_days', 'until_occurrences', 'until_date'))
    if not set(days or ()) <= {*DAYS}:
        raise Refused('Invalid set of days in week_days. Be sure that the first letter is capitalized.')
    if count and until:
        raise Refused('You must provide only provide one of (until_occurrences, until_date)')
    parts = [f'FREQ={FREQUENCIES[kind]}', f'INTERVAL={recurrence.get("period") or 1}']
    if days:
        parts.append(f'BYDAY={",".join(day[:2].upper() for day in days)}')
    if count:
        parts.append(f'COUNT={count}')
    if until:
        if not 0 <= until <= LAST:
            raise Refused(f'recurrence.until_date must be a time in seconds, not {str(until)[:40]}')
        parts.append(f'UNTIL={re.sub("[-:]", "", downtimes.iso(int(until))[:19])}Z')
    return ';'.join(parts)


def form_of(rule: str) -> dict[str, Any]:
    """Return a rule as it was sent, where it can have been sent in days, weeks, months, or years; otherwise itself."""
    match = RULE.fullmatch(rule)
    days = {day[:2].upper(): day for day in DAYS}
    codes = match['days'].split(',') if match and match['days'] else []
    if not match or not set(codes) <= set(days):
        return {'type': 'rrule', 'rrule': rule}
    until = match['until'] and datetime.strptime(match['until'], '%Y%m%dT%H%M%SZ').replace(tzinfo=UTC)
    return {
        'type': next(kind for kind, frequency in FREQUENCIES.items() if frequency == match['frequency']),
        'period': int(match['period']),
        'week_days': [days[code] for code in codes] or None,
        'until_occurrences': int(match['count']) if match['count'] else None,
        'until_date': int(until.timestamp()) if until else None,
    }
