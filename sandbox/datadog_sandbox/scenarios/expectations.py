"""Compares the outcome of a test with its expectations."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

from datadog_sandbox import wildcards
from datadog_sandbox.monitors import GroupChange
from datadog_sandbox.notifications import number
from datadog_sandbox.numerals import numeral

from . import models
from .hints import absent
from .outcomes import Failure, Mail, Outcome
from .planning import Plan
from .source import Source


def states(source: Source, plan: Plan, outcome: Outcome, changes: Sequence[GroupChange]) -> Iterator[Failure]:
    """Yield a failure for each group whose state or muting is not as expected. `changes` are by time."""
    for moment, test, monitor, where in plan.states:
        present = groups_at(moment, [change for change in changes if change.monitor == monitor.body['id']])
        tracks = {track.group: track for track in outcome.tracks if track.monitor == monitor.body['id']}
        for pattern, wanted in test.exp_groups.items():
            line = source.line((*where, 'exp_groups', pattern))
            groups = matching_groups(pattern, present, test.exp_groups)
            if not groups and wanted.state != 'absent':
                hint = absent(monitor, present, plan, moment, outcome.zone)
                yield Failure(moment, line, f'{pattern}: there is no such group; {hint}')
            for group in groups:
                state, muted = present[group].status, tracks[group].muted(moment)
                if wanted.state is not None and state != wanted.state:
                    since = _day(present[group].moment, outcome)
                    yield Failure(moment, line, f'{group}: expected {wanted.state}, got {state} since {since}')
                if wanted.muted is not None and muted != wanted.muted:
                    words = ('not muted', 'muted')
                    yield Failure(moment, line, f'{group}: expected {words[wanted.muted]}, got {words[muted]}')


def groups_at(moment: int, changes: Iterable[GroupChange]) -> dict[str, GroupChange]:
    """Return the last change of each group of a monitor that exists at a moment."""
    present: dict[str, GroupChange] = {}
    for change in changes:
        if change.moment <= moment:
            if change.status:
                present[change.group] = change
            else:
                present.pop(change.group, None)
    return present


def matching_groups(pattern: str, groups: Iterable[str], patterns: Collection[str]) -> list[str]:
    """Return the groups that a pattern matches, without those that another of the patterns names in full."""
    fits = wildcards.matcher(pattern)
    return [group for group in groups if (group == pattern or group not in patterns) and fits(group)]


def values(source: Source, plan: Plan, measured: Sequence[Mapping[str, float]]) -> Iterator[Failure]:
    """Yield a failure for each value of a query that is not as expected."""
    for (moment, test, where), present in zip(plan.queries, measured, strict=True):
        for pattern, value in test.exp_values.items():
            line = source.line((*where, 'exp_values', pattern))
            groups = matching_groups(pattern, present, test.exp_values)
            if value is None:
                for group in groups:
                    yield Failure(moment, line, f'{group}: expected no value, got {number(present[group])}')
                continue
            if not groups:
                others = ', '.join(list(present)[:5]) + (', …' if len(present) > 5 else '')
                yield Failure(
                    moment,
                    line,
                    f'{pattern}: expected {numeral(value)}, got no value; the groups are {others or "none"}',
                )
            for group in groups:
                if abs(present[group] - value) > test.tolerance:
                    within = f' within {test.tolerance:g}' if test.tolerance > 1e-9 else ''
                    got = numeral(present[group])
                    yield Failure(moment, line, f'{group}: expected {numeral(value)}{within}, got {got}')


def mails(source: Source, plan: Plan, outcome: Outcome) -> Iterator[Failure]:
    """Yield a failure for each expectation of mails that more or fewer mails match."""
    for start, until, mail_test, monitor, where in plan.mails:
        candidates = [
            mail
            for mail in outcome.mails
            if start <= mail.moment < until and (monitor is None or mail.monitor == monitor.body['id'])
        ]
        matching = [mail for mail in candidates if _matches(mail_test, mail)]
        wanted_count = mail_test.exp_count
        if (not matching) if wanted_count is None else (len(matching) != wanted_count):
            line = source.line((*where, 'exp_count') if wanted_count is not None else where)
            count = 'one mail or more' if wanted_count is None else _mails(wanted_count)
            yield Failure(
                min(until, outcome.end),
                line,
                f'expected {count}{_about(mail_test)} from {_day(start, outcome)} until {_day(until, outcome)}, '
                f'got {len(matching) or "none"}{_nearest(mail_test, candidates, matching)}',
            )


def _matches(test: models.MailTest, mail: Mail) -> bool:
    return (
        (test.to is None or test.to in mail.to)
        and (test.title is None or test.title in mail.title)
        and (test.text is None or test.text in mail.text)
        and (test.not_text is None or test.not_text not in mail.text)
    )


def _nearest(test: models.MailTest, candidates: Sequence[Mail], matching: Sequence[Mail]) -> str:
    """Return the recipients or titles of the mails in that time, if no mail matches."""
    if matching or test.exp_count == 0:
        return ''
    recipients = list(dict.fromkeys(recipient for mail in candidates for recipient in mail.to))
    if not candidates:
        return '; there is no mail in that time'
    if test.to is not None and test.to not in recipients:
        nearest = get_close_matches(test.to, recipients, len(recipients), 0)
        return f'; there are mails to {", ".join(nearest[:5])}{", …" if len(nearest) > 5 else ""}'
    titles = list(dict.fromkeys(mail.title for mail in candidates if test.to is None or test.to in mail.to))
    return f'; there are {", ".join(map(repr, titles[:3]))}{", …" if len(titles) > 3 else ""}'


def _mails(count: int) -> str:
    return 'no mail' if not count else '1 mail' if count == 1 else f'{count} mails'


def _about(test: models.MailTest) -> str:
    parts = [f' to {test.to}'] if test.to else []
    parts += [f' with {value!r} in its {name}' for name, value in (('title', test.title), ('text', test.text)) if value]
    parts += [f' without {test.not_text!r} in its text'] if test.not_text else []
    return ''.join([*parts, f' of {test.monitor}' if test.monitor else ''])


def _day(moment: int, outcome: Outcome) -> str:
    return datetime.fromtimestamp(moment, outcome.zone).strftime('%a %H:%M')
