"""Runs the tests of a scenario, each in a new account."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from datadog_sandbox import downtimes, monitors, notifications, query
from datadog_sandbox.account import Account
from datadog_sandbox.downtimes import Window
from datadog_sandbox.monitors import GroupChange
from datadog_sandbox.store import Mail as StoredMail
from datadog_sandbox.store import Store

from . import assets, branches, expectations, feeding, queries, times
from .assets import Monitor
from .hints import not_due
from .outcomes import Change, Mail, Outcome, Track
from .planning import Plan, Ready
from .problems import ScenarioError


def rehearse(ready: Ready, plan: Plan, covering: bool = False) -> Outcome:
    """Run a test; with `covering`, also note which branches of messages are rendered.

    Raises `ScenarioError` when a monitor cannot be evaluated with the points of the test.
    """
    store = Store()
    try:
        resources = _set_up(store, ready, plan, covering)
        try:
            changes = _advance(store, ready.assets.monitors, plan)
        except query.QueryError as error:
            raise ScenarioError([ready.source.problem((*plan.where, 'name'), str(error))]) from error
        try:
            measured = [queries.values(store, test.query, moment) for moment, test, _ in plan.queries]
        except query.QueryError as error:
            raise ScenarioError([ready.source.problem((*plan.where, 'query_test'), str(error))]) from error
        tracks = _tracks(store, ready.assets.monitors, resources, changes, plan.start, plan.end)
        mails = store.mails()
    finally:
        store.close()
    outcome = _outcome(ready, plan, tracks, mails, resources)
    outcome.failures = sorted(
        [
            *expectations.states(ready.source, plan, outcome, changes),
            *expectations.values(ready.source, plan, measured),
            *expectations.mails(ready.source, plan, outcome),
        ]
    )
    return outcome


def _set_up(store: Store, ready: Ready, plan: Plan, covering: bool) -> list[dict[str, Any]]:
    """Put the data of a test, the monitors, and the downtimes into an account, and return the downtimes."""
    scenario = ready.source.scenario
    with store.transaction():
        feeding.fill(store, scenario, plan)
        for monitor in ready.assets.monitors:
            store.save('monitor', monitor.body['id'], branches.marked(monitor.body) if covering else monitor.body)
        resources = [
            {'id': str(number), **assets.resource(downtime, plan.start, scenario.timezone)}
            for number, downtime in enumerate(ready.assets.downtimes)
        ]
        for resource in resources:
            store.save('downtime', resource['id'], resource)
    return resources


def _outcome(
    ready: Ready, plan: Plan, tracks: list[Track], mails: Sequence[StoredMail], resources: Sequence[dict[str, Any]]
) -> Outcome:
    """Return the outcome of a test, before its expectations are checked."""
    rehearsed, zone = ready.assets.monitors, ZoneInfo(ready.source.scenario.timezone)
    reasons = [(monitor, not_due(monitor, plan.start, plan.end, zone)) for monitor in rehearsed]
    idle = [(monitor, reason) for monitor, reason in reasons if reason]
    unused = [f'{monitor.names[0]!r} is not evaluated in {plan.test.name!r}: {reason}' for monitor, reason in idle]
    return Outcome(
        file=ready.source.path,
        name=plan.test.name,
        line=ready.source.line(plan.where),
        start=plan.start,
        end=plan.end,
        zone=zone,
        monitors={monitor.body['id']: monitor.body['name'] for monitor in rehearsed},
        tracks=tracks,
        mails=[mail for mail in map(_mail, mails) if mail.to],
        downtimes=_open(resources, rehearsed, plan.start, plan.end),
        failures=[],
        expected=plan.expected,
        subjects=plan.subjects,
        branches={
            (mail.body['monitor'], number)
            for mail in mails
            if mail.body.get('monitor') is not None
            for number in branches.seen(mail.body['text'])
        },
        notes=[*ready.assets.notes, *unused, *_remarks(rehearsed, tracks)],
        not_due={monitor.body['id']: reason for monitor, reason in idle},
    )


def _remarks(rehearsed: Sequence[Monitor], tracks: Sequence[Track]) -> list[str]:
    """Return where the evaluation of the monitors that have groups differs from Datadog's."""
    active = {track.monitor for track in tracks}
    return [
        f'{monitor.names[0]!r}: {remark.message}'
        for monitor in rehearsed
        if monitor.body['id'] in active
        for remark in (*monitors.remarks(monitor.body), *notifications.remarks(monitor.body))
    ]


def _mail(mail: StoredMail) -> Mail:
    """Return a mail as a report shows it: with handles, and without marks and witness."""
    text = assets.with_handles(mail.body['text'])
    to = [address for address in mail.body['to'] if address != branches.WITNESS]
    if len(to) < len(mail.body['to']):
        text = branches.unmarked(text)
    return Mail(
        mail.time,
        mail.body.get('monitor'),
        tuple(map(assets.recipient, to)),
        assets.with_handles(branches.MARKS.sub('', mail.body['subject'])),
        text,
    )


def _advance(store: Store, rehearsed: Sequence[Monitor], plan: Plan) -> list[GroupChange]:
    """Advance an account from the start of a test to its end, and return the changes of all groups, by time.

    Raises `QueryError` when a monitor could not be evaluated.
    """
    changes: list[GroupChange] = []
    account = Account(store, changes.append, plain=True)
    account.begin(plan.start)
    account.advance(plan.end, longest_gap=times.LONGEST)
    for monitor in rehearsed:
        if (message := monitors.error(store, monitor.body)) is not None:
            raise query.QueryError(f'{monitor.body["name"]}: {message}')
    return sorted(changes, key=lambda change: change.moment)


def _tracks(
    store: Store,
    rehearsed: Sequence[Monitor],
    resources: Sequence[dict[str, Any]],
    group_changes: Sequence[GroupChange],
    start: int,
    end: int,
) -> list[Track]:
    """Return the history of each group: its changes, and when it was muted."""
    tracks = []
    for monitor in rehearsed:
        id_ = monitor.body['id']
        tags = {change.group: change.tags for change in group_changes if change.monitor == id_}
        changes: dict[str, list[Change]] = {group: [] for group in tags}
        for transition in store.transitions(id_):
            changes.setdefault(transition.group, []).append(
                Change(transition.time, id_, transition.group, '', transition.status, transition.value)
            )
        for group in sorted(changes):
            scoped = monitors.scoped_tags(monitor.body, tags[group])
            muting = [downtime for downtime in resources if downtimes.mutes(downtime, monitor.body, scoped)]
            ordered = sorted(changes[group])
            old_states = ['', *(change.new for change in ordered)]
            history = [change._replace(old=old) for change, old in zip(ordered, old_states, strict=False)]
            mutes = downtimes.merge(
                window for downtime in muting for window in downtimes.windows(downtime, start, end + 1)
            )
            tracks.append(Track(id_, group, history, mutes))
    return tracks


def _open(
    resources: Sequence[dict[str, Any]], rehearsed: Sequence[Monitor], start: int, end: int
) -> list[tuple[str, Window]]:
    """Return the names and windows of the downtimes that cover a monitor of the scenario."""
    covering = [
        downtime for downtime in resources if any(downtimes.covers(downtime, monitor.body) for monitor in rehearsed)
    ]
    pairs = [
        (downtime['name'], window) for downtime in covering for window in downtimes.windows(downtime, start, end + 1)
    ]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))
