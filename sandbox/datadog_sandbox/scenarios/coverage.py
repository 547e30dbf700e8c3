"""Coverage of monitors by tests: states, transitions, branches of messages, recipients, downtimes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from datadog_sandbox import wildcards
from datadog_sandbox.notifications.mentions import HANDLE

from . import branches
from .assets import Assets, Monitor, recipient
from .outcomes import Outcome
from .planning import Ready

VARIABLE = re.compile(r'\{\{[^{}]*\}\}')
TRANSITIONS = {'Alert': 'alert', 'Warn': 'warn', 'No Data': 'no data', 'OK': 'recovery'}


class Covered(NamedTuple):
    """The coverage of a monitor."""

    name: str
    files: list[Path]
    """The scenarios that cover an item."""
    items: dict[str, bool]
    """Whether a test reaches it, by item, such as `state Alert`."""

    @property
    def missing(self) -> list[str]:
        return [item for item, reached in self.items.items() if not reached]


def coverage(scenarios: Sequence[Ready], outcomes: Sequence[Outcome]) -> list[Covered]:
    """Return the coverage of each monitor, over all scenarios that rehearse it."""
    by_monitor: dict[tuple[str, str], Covered] = {}
    for scenario in scenarios:
        of_scenario = [outcome for outcome in outcomes if outcome.file == scenario.source.path]
        for monitor in scenario.assets.monitors:
            key = monitor.names[0], monitor.body['query']
            entry = by_monitor.setdefault(key, Covered(monitor.names[0], [], {}))
            for item in _items(monitor, scenario.assets):
                entry.items.setdefault(item, False)
            reached = {item for outcome in of_scenario for item in _reached(monitor, outcome, entry.items)}
            entry.items.update(dict.fromkeys(reached & entry.items.keys(), True))
            if reached:
                entry.files.append(scenario.source.path)
    return list(by_monitor.values())


def percent(covered: Sequence[Covered]) -> float:
    """Return the share of the items of all monitors that tests reach; 100 when there are no items."""
    items = [reached for entry in covered for reached in entry.items.values()]
    return 100 * sum(items) / len(items) if items else 100.0


def _items(monitor: Monitor, assets: Assets) -> Iterator[str]:
    """Yield what tests of a monitor may reach."""
    options: Mapping[str, Any] = monitor.body['options']
    warns = (options.get('thresholds') or {}).get('warning') is not None
    missing = options.get('on_missing_data') or ''
    no_data = bool(options.get('notify_no_data')) or missing.startswith('show')
    notifies = bool(options.get('notify_no_data')) or missing == 'show_and_notify_no_data'
    states = ['OK', *(['Warn'] if warns else []), 'Alert', *(['No Data'] if no_data else [])]
    yield from (f'state {state}' for state in states)
    yield from ('transition alert', *(['transition warn'] if warns else []))
    yield from (['transition no data'] if notifies else [])
    yield from ('transition recovery', *(['transition renotify'] if options.get('renotify_interval') else []))
    message = monitor.body['message']
    yield from (f'branch {number + 1} {start}' for number, start in enumerate(branches.of(message)))
    yield from (f'recipient {to}' for to in recipients(message))
    yield from (f'downtime {downtime.name}' for downtime in assets.downtimes)


def recipients(message: str) -> list[str]:
    """Return the recipients that a message mentions in any of its branches, with `*` for each variable."""
    text = VARIABLE.sub('+VARIABLE+', re.sub(r'\{\{\s*(?:[#^/][^{}]*|else\s*)\}\}', ' ', message))
    handles = [recipient(handle.removeprefix('@').rstrip('.')) for handle in HANDLE.findall(text)]
    names = [handle if '@' in handle else f'@{handle}' for handle in handles]
    return list(dict.fromkeys(name.replace('+VARIABLE+', '*') for name in names))


def _reached(monitor: Monitor, outcome: Outcome, items: Mapping[str, bool]) -> Iterator[str]:
    """Yield the items of a monitor that a test reached."""
    id_ = monitor.body['id']
    for track in outcome.tracks:
        if track.monitor == id_:
            for change in track.changes:
                yield f'state {change.new}'
                if change.old or change.new != 'OK':
                    yield f'transition {TRANSITIONS.get(change.new, "")}'
    names = {name for name, _ in outcome.downtimes}
    if any(track.mutes for track in outcome.tracks if track.monitor == id_):
        yield from (f'downtime {name}' for name in names)
    starts = branches.of(monitor.body['message'])
    yield from (f'branch {number + 1} {starts[number]}' for of, number in outcome.branches if of == id_)
    expected = [item.removeprefix('recipient ') for item in items if item.startswith('recipient ')]
    for mail in outcome.mails:
        if mail.monitor == id_:
            if mail.title.startswith('[Re-') or '] [Re-' in mail.title:
                yield 'transition renotify'
            for to in mail.to:
                yield from (f'recipient {pattern}' for pattern in expected if wildcards.matches(pattern, to))


def as_object(covered: Sequence[Covered]) -> dict[str, Any]:
    """Return the coverage for JSON."""
    return {
        'percent': round(percent(covered), 1),
        'monitors': [
            {
                'name': entry.name,
                'scenarios': [str(file) for file in entry.files],
                'percent': round(percent([entry]), 1),
                'missing': entry.missing,
            }
            for entry in covered
        ],
    }
