"""Compare what should be with what is, and do the difference."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from .api import Api, Live
from .assets import KINDS, Kind, Resource, owner

Action = Literal['create', 'change', 'remove', 'keep']

# Lists in which the order means nothing; the server keeps its own.
UNORDERED = frozenset(
    ('monitor_tags', 'notify_end_states', 'notify_end_types', 'notify_list', 'restricted_roles', 'tags')
)
# Options in which the API treats 0 as unset.
ZERO_IS_UNSET = frozenset(('evaluation_delay', 'renotify_interval', 'renotify_occurrences', 'timeout_h'))
# One type under two names: the server picks one by the query.
MONITOR_TYPES = {'metric alert': 'query alert'}
# What RFC 5545 says of a rule that leaves them out.
RRULE_DEFAULTS = {'INTERVAL': '1', 'WKST': 'MO'}
MINUTES = {'m': 1, 'h': 60, 'd': 24 * 60, 'w': 7 * 24 * 60}


@dataclass(frozen=True)
class Difference:
    """One field that is not as it should be; None stands for a field that is not there."""

    path: str
    old: Any
    new: Any


@dataclass
class Change:
    """What to do with one resource."""

    action: Action
    kind: Kind
    key: str
    title: str
    id: Any = None
    differences: list[Difference] = field(default_factory=list)
    resource: Resource | None = None
    live: Live | None = None


@dataclass
class Plan:
    changes: list[Change]
    """In the order of doing: creations and changes by kind, then removals by kind, backwards."""
    copies: list[tuple[Kind, Live]] = field(default_factory=list)
    """Younger resources with the marker of another one: somebody's clones, which are left alone."""

    def pending(self) -> list[Change]:
        return [change for change in self.changes if change.action != 'keep']

    def count(self, action: Action) -> int:
        return sum(change.action == action for change in self.changes)


def compare(resources: list[Resource], api: Api) -> Plan:
    """Look at the account and return what to do so that it holds `resources`; with none, everything ours goes."""
    plan = Plan([])
    removals: list[Change] = []
    for kind in KINDS:
        live: dict[str, Live] = {}
        for found in api.owned(kind):
            key = owner(kind, found)
            if key in live:
                plan.copies.append((kind, found))
            else:
                live[key] = found
        for resource in resources:
            if resource.kind == kind:
                plan.changes.append(_change(resource, live.pop(resource.key, None)))
        removals += [
            Change('remove', kind, key, _title(found) or key, found['id'], live=found) for key, found in live.items()
        ]
    plan.changes += reversed(removals)
    return plan


def _change(resource: Resource, live: Live | None) -> Change:
    if live is None:
        return Change('create', resource.kind, resource.key, resource.title, resource=resource)
    found = list(differences(resource.full, live))
    action: Action = 'change' if found else 'keep'
    return Change(action, resource.kind, resource.key, resource.title, live['id'], found, resource, live)


def _title(live: Live) -> str:
    """Return the words by which people know a resource; a downtime has only its message."""
    return live.get('title') or live.get('name') or (live.get('message') or '').partition('\n')[0].strip()


def carry_out(change: Change, api: Api) -> None:
    """Do one change; afterwards it knows its `id` and `live`. Raises `ApiError`, with nothing half done."""
    if change.action == 'create':
        change.live = api.create(change.kind, change.key, change.resource.body)
        change.id = change.live.get('id')
    elif change.action == 'change':
        body = change.resource.full
        if change.kind == 'downtime':
            # Only what differs: a schedule sent again would begin at its next occurrence and end one that is open.
            roots = {re.split(r'[.\[]', difference.path, maxsplit=1)[0] for difference in change.differences}
            body = {name: value for name, value in body.items() if name in roots}
        change.live = api.update(change.kind, change.id, body)
    elif change.action == 'remove':
        api.delete(change.kind, change.id)


def differences(wanted: Any, live: Any, path: str = '', key: str = '') -> Iterator[Difference]:
    """Yield where `live` departs from `wanted`. Fields that `wanted` does not name are the server's and are skipped."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        for name, value in wanted.items():
            yield from differences(value, live.get(name), f'{path}.{name}' if path else name, name)
    elif key in UNORDERED and isinstance(wanted or [], list) and isinstance(live or [], list):
        if _as_set(wanted) != _as_set(live):
            yield Difference(path, live, wanted)
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _list_differences(wanted, live, path)
    elif not _same(wanted, live, key):
        yield Difference(path, live, wanted)


def _list_differences(wanted: list[Any], live: list[Any], path: str) -> Iterator[Difference]:
    """Yield the differences of two ordered lists: what is equal at both ends is set aside, so that one widget put in
    front shows as one widget and not as a change of all."""

    def equal(new: Any, old: Any) -> bool:
        return next(differences(new, old), None) is None

    shortest = min(len(wanted), len(live))
    head = next((i for i in range(shortest) if not equal(wanted[i], live[i])), shortest)
    tail = next(
        (i for i in range(shortest - head) if not equal(wanted[len(wanted) - 1 - i], live[len(live) - 1 - i])),
        shortest - head,
    )
    new, old = wanted[head : len(wanted) - tail], live[head : len(live) - tail]
    for index in range(max(len(new), len(old))):
        where = f'{path}[{head + index}]'
        if index < len(new) and index < len(old):
            yield from differences(new[index], old[index], where)
        elif index < len(new):
            yield Difference(where, None, new[index])
        else:
            yield Difference(where, old[index], None)


def _as_set(values: list[Any] | None) -> set[Any]:
    return {value.casefold() if isinstance(value, str) else value for value in values or []}


def _same(wanted: Any, live: Any, key: str) -> bool:
    if _is_empty(wanted, key) and _is_empty(live, key):
        return True
    if isinstance(wanted, bool) != isinstance(live, bool):
        return False
    return _normal(wanted, key) == _normal(live, key)


def _is_empty(value: Any, key: str) -> bool:
    """Whether a value says no more than its absence would."""
    if value is None or value is False or value in ('', [], {}):
        return True
    return key in ZERO_IS_UNSET and value == 0


def _normal(value: Any, key: str) -> Any:
    """Bring a value to the form in which two ways of writing the same are equal. 800 and 800.0 already are."""
    if not isinstance(value, str):
        return value
    value = value.replace('\r\n', '\n').strip()
    if key in ('formula', 'q', 'query'):
        value = re.sub(r'\s*([(){},<>=:+*/])\s*', r'\1', re.sub(r'\s+', ' ', value))
        return re.sub(r'(?<=\d)\.0+(?!\d)', '', value)
    if key == 'type':
        return MONITOR_TYPES.get(value, value)
    if key == 'rrule':
        parts = dict(part.partition('=')[::2] for part in value.upper().removeprefix('RRULE:').split(';') if part)
        return {name: frozenset(part.split(',')) for name, part in (RRULE_DEFAULTS | parts).items()}
    if key == 'duration' and re.fullmatch(r'\d+[mhdw]', value):
        return int(value[:-1]) * MINUTES[value[-1]]
    if key == 'start' and (match := re.match(r'\d{4}-\d\d-\d\d[T ](\d\d:\d\d)', value)):
        # The date of a weekly recurrence moves on with the server's clock and ours; the time of day is what was set.
        return match[1]
    return value
