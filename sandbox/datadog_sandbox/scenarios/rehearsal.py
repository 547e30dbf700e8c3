"""Runs the tests of a scenario, each in an account of its own."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from datadog_sandbox import downtimes, monitors, query
from datadog_sandbox.account import Account
from datadog_sandbox.downtimes import Window
from datadog_sandbox.store import Mail as StoredMail
from datadog_sandbox.store import Store
from datadog_sandbox.times import HOUR, MINUTE

from . import assets, branches, expectations, feeding, queries, times
from .assets import Monitor
from .expectations import Look
from .outcomes import Change, Mail, Outcome, Track
from .planning import Plan, Ready
from .problems import ScenarioError

STOP = 6 * HOUR
"""Seconds from one look at the groups to the next, to see which are forgotten."""


def rehearse(ready: Ready, plan: Plan, covering: bool = False) -> Outcome:
    """Run a test; with `covering`, note which branches of messages were taken.

    Raises `ScenarioError` when a monitor cannot be evaluated with the points of the test.
    """
    store = Store()
    try:
        resources = _set_up(store, ready, plan, covering)
        try:
            looks = _advance(store, ready.assets.monitors, plan)
        except query.QueryError as error:
            raise ScenarioError([ready.source.problem((*plan.where, 'name'), str(error))]) from error
        try:
            measured = [queries.values(store, test.query, moment) for moment, test, _ in plan.queries]
        except query.QueryError as error:
            raise ScenarioError([ready.source.problem((*plan.where, 'query_test'), str(error))]) from error
        tracks = _tracks(store, ready.assets.monitors, resources, looks, plan.start, plan.end)
        kept = store.mails()
    finally:
        store.close()
    outcome = _outcome(ready, plan, tracks, kept, resources)
    outcome.failures = sorted(
        [
            *expectations.states(ready.source, plan, outcome, looks),
            *expectations.values(ready.source, plan, measured),
            *expectations.mails(ready.source, plan, outcome),
        ]
    )
    return outcome


def _set_up(store: Store, ready: Ready, plan: Plan, covering: bool) -> list[dict[str, Any]]:
    """Put what comes in, the monitors, and the downtimes into an account, and return the downtimes."""
    scenario = ready.source.scenario
    with store.transaction():
        feeding.fill(store, scenario, plan)
        for monitor in ready.assets.monitors:
            store.put('monitor', monitor.body['id'], branches.marked(monitor.body) if covering else monitor.body)
        resources = [
            {'id': str(number), **assets.resource(downtime, plan.start, scenario.timezone)}
            for number, downtime in enumerate(ready.assets.downtimes)
        ]
        for resource in resources:
            store.put('downtime', resource['id'], resource)
    return resources


def _outcome(
    ready: Ready, plan: Plan, tracks: list[Track], kept: Sequence[StoredMail], resources: Sequence[dict[str, Any]]
) -> Outcome:
    """Return what happened, without what was expected of it."""
    rehearsed = ready.assets.monitors
    return Outcome(
        file=ready.source.path,
        name=plan.test.name,
        line=ready.source.line(plan.where),
        start=plan.start,
        end=plan.end,
        zone=ZoneInfo(ready.source.scenario.timezone),
        monitors={monitor.body['id']: monitor.body['name'] for monitor in rehearsed},
        tracks=tracks,
        mails=[mail for mail in map(_mail, kept) if mail.to],
        downtimes=_open(resources, rehearsed, plan.start, plan.end),
        failures=[],
        expected=plan.expected,
        subjects=plan.subjects,
        branches={
            (mail.body['monitor'], number)
            for mail in kept
            if mail.body.get('monitor') is not None
            for number in branches.seen(mail.body['text'])
        },
        notes=[*ready.assets.notes, *_remarks(rehearsed, tracks)],
    )


def _remarks(rehearsed: Sequence[Monitor], tracks: Sequence[Track]) -> list[str]:
    """Say what of the monitors that saw something is not, or only nearly, evaluated as Datadog does."""
    active = {track.monitor for track in tracks}
    return [
        f'{monitor.names[0]!r}: {remark.message}'
        for monitor in rehearsed
        if monitor.body['id'] in active
        for remark in monitors.remarks(monitor.body)
    ]


def _mail(kept: StoredMail) -> Mail:
    text = assets.shown(kept.body['text'])
    to = [address for address in kept.body['to'] if address != branches.WITNESS]
    if len(to) < len(kept.body['to']):
        text = branches.unmarked(text)
    return Mail(
        kept.time,
        kept.body.get('monitor'),
        tuple(map(assets.recipient, to)),
        assets.shown(branches.MARKS.sub('', kept.body['subject'])),
        text,
    )


def _advance(store: Store, found: Sequence[Monitor], plan: Plan) -> dict[int, Look]:
    """Move an account from the start of a test to its end, and look at it in between.

    Raises `QueryError` when a monitor could not be evaluated.
    """
    account = Account(store)
    checks = {moment // MINUTE * MINUTE for moment, *_ in plan.states}
    last = plan.end // MINUTE * MINUTE
    looks: dict[int, Look] = {}
    for stop in sorted({plan.start, last, *checks, *range(plan.start, last, STOP)}):
        account.advance(stop, longest_gap=times.LONGEST)
        for monitor in found:
            if (message := monitors.error(store, monitor.body)) is not None:
                raise query.QueryError(f'{monitor.body["name"]}: {message}')
        looks[stop] = {monitor.body['id']: store.states(monitor.body['id']) for monitor in found}
    return looks


def _tracks(
    store: Store,
    found: Sequence[Monitor],
    resources: Sequence[dict[str, Any]],
    looks: Mapping[int, Look],
    start: int,
    end: int,
) -> list[Track]:
    tracks = []
    for monitor in found:
        id_ = monitor.body['id']
        tags = {
            group: state['tags'] for look in looks.values() for group, state in look[id_].items() if 'tags' in state
        }
        changes: dict[str, list[Change]] = {group: [] for group in tags}
        for transition in store.transitions(id_):
            changes.setdefault(transition.group, []).append(
                Change(transition.time, id_, transition.group, '', transition.status, transition.value)
            )
        for group in sorted(changes):
            muting = [one for one in resources if downtimes.mutes(one, monitor.body, tags.get(group, {}))]
            ordered = sorted(changes[group])
            olds = ['', *(change.new for change in ordered)]
            followed = [change._replace(old=old) for change, old in zip(ordered, olds, strict=False)]
            windows = downtimes.merge(window for one in muting for window in downtimes.windows(one, start, end + 1))
            tracks.append(Track(id_, group, followed, windows))
    return tracks


def _open(
    resources: Sequence[dict[str, Any]], found: Sequence[Monitor], start: int, end: int
) -> list[tuple[str, Window]]:
    """Return when the downtimes were open that are meant for a monitor of the scenario."""
    covering = [one for one in resources if any(downtimes.covers(one, monitor.body) for monitor in found)]
    pairs = [(one['name'], window) for one in covering for window in downtimes.windows(one, start, end + 1)]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))
