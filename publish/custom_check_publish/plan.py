"""Compare what should be with what is, and do the difference."""

import uuid
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from .api import Api
from .assets import KINDS, Resource
from .drift import Difference, drift, unknown
from .marker import Kind, Live, Marker, age, sort_out

Action = Literal['create', 'change', 'remove', 'keep']


@dataclass(frozen=True)
class Done:
    """What came of a change."""

    live: Live
    left: list[Difference] = field(default_factory=list)
    """What the account did not take, although it said that it did."""
    made_by_another: bool = False
    """Whether another run created the same resource first, and its one was kept."""


@dataclass(frozen=True)
class Change:
    """What to do with one resource. A `live` of {} is one that does not exist yet."""

    action: ClassVar[Action]
    kind: Kind
    key: str
    title: str
    live: Live
    differences: list[Difference]

    def carry_out(self, api: Api) -> Done:
        """Do it. Raises `ApiError`; the next plan then holds what is left to do."""
        raise NotImplementedError


@dataclass(frozen=True)
class Keep(Change):
    action = 'keep'


@dataclass(frozen=True)
class Remove(Change):
    action = 'remove'

    def carry_out(self, api: Api) -> Done:
        api.delete(self.kind, self.live['id'])
        return Done(self.live)


@dataclass(frozen=True)
class Update(Change):
    action = 'change'
    resource: Resource

    def carry_out(self, api: Api) -> Done:
        return _set(api, self.resource, self.live, self.differences)


@dataclass(frozen=True)
class Create(Change):
    action = 'create'
    resource: Resource

    def carry_out(self, api: Api) -> Done:
        """Create the resource, then write its id into its marker, so that a clone of it can be told from it.

        In between, look whether another run made the same one at the same time: the first one made is kept.
        """
        marker = Marker(self.resource.name, self.key, f'new-{uuid.uuid4().hex[:12]}')
        made = api.create(self.kind, marker, self.resource.body(marker.id))
        rivals = [
            live
            for other, live in api.owned(self.kind, marker.name)
            if other.key == self.key and (other.is_new or other.id == str(live['id']))
        ]
        first = min([*rivals, made], key=age)
        if first['id'] != made['id']:
            api.delete(self.kind, made['id'])
        done = _set(api, self.resource, first, drift(self.kind, self.resource.body(first['id']), first))
        return replace(done, made_by_another=first['id'] != made['id'])


@dataclass
class Plan:
    changes: list[Change] = field(default_factory=list)
    """In the order of doing: creations and changes by kind, then removals by kind, backwards."""
    clones: list[tuple[Kind, Live]] = field(default_factory=list)
    """Somebody's copies of ours, which are left alone."""
    notes: list[str] = field(default_factory=list)
    """What the reader should know beside."""

    def pending(self) -> list[Change]:
        return [change for change in self.changes if change.action != 'keep']

    def count(self, action: Action) -> int:
        return sum(change.action == action for change in self.changes)


def compare(resources: list[Resource], api: Api, name: str) -> Plan:
    """Look at the account and return what to do so that it holds `resources` under a name, and no others."""
    plan = Plan()
    removals: list[Change] = []
    for kind in KINDS:
        found = sort_out(api.owned(kind, name))
        plan.clones += [(kind, live) for live in found.clones]
        for resource in resources:
            if resource.kind == kind:
                plan.changes.append(_change(resource, found.ours.pop(resource.key, {}), api, plan.notes))
        removals += [Remove(kind, key, _title(live), live, []) for key, live in [*found.ours.items(), *found.doubles]]
    plan.changes += reversed(removals)
    return plan


def _change(resource: Resource, live: Live, api: Api, notes: list[str]) -> Change:
    resource = _without_strangers(resource, live, api, notes)
    what = (resource.kind, resource.key, resource.title, live)
    if not live:
        return Create(*what, [], resource)
    differences = drift(resource.kind, resource.body(live['id']), live)
    if not differences:
        return Keep(*what, [])
    if resource.kind == 'dashboard' and (lost := unknown(resource.kind, resource.unmarked, live)):
        # A dashboard is replaced whole.
        notes.append(f'Changing dashboard {resource.key} drops what this command does not know: {", ".join(lost)}.')
    return Update(*what, differences, resource)


def _without_strangers(resource: Resource, live: Live, api: Api, notes: list[str]) -> Resource:
    """Take off the notify list who is no user of the account: it would be refused or dropped, and so drift for ever."""
    wanted = resource.unmarked.get('notify_list') or []
    strangers = [one for one in wanted if one not in (live.get('notify_list') or []) and api.has_user(one) is False]
    if not strangers:
        return resource
    notes.append(
        f'Not on the notify list of {resource.kind} {resource.key}, as no user of the account has this handle: '
        f'{", ".join(strangers)}.'
    )
    kept = [one for one in wanted if one not in strangers]
    return replace(resource, unmarked=resource.unmarked | {'notify_list': kept})


def _title(live: Live) -> str:
    """Return the words by which people know a resource; a downtime has only its message."""
    return live.get('title') or live.get('name') or (live.get('message') or '').partition('\n')[0].strip()


def _set(api: Api, resource: Resource, live: Live, differences: list[Difference]) -> Done:
    """Send what sets a live resource right, if anything has to."""
    if not differences:
        return Done(live)
    wanted = resource.body(live['id'])
    body = deepcopy(wanted)
    if resource.kind != 'dashboard':
        # A dashboard is replaced whole. What a request leaves out of the others may stay as it is.
        for difference in differences:
            _reset(body, difference)
    if resource.kind == 'downtime':
        # Only what differs: a schedule sent again would begin at its next occurrence and end one that is open.
        roots = {difference.where[0] for difference in differences}
        body = {name: value for name, value in body.items() if name in roots}
    answer = api.update(resource.kind, live['id'], body)
    return Done(answer, drift(resource.kind, wanted, answer))


def _reset(body: dict[str, Any], difference: Difference) -> None:
    """Name a field that the asset does not, at its default."""
    *parents, last = difference.where
    here: Any = body
    for parent in parents:
        here = here.get(parent) if isinstance(here, dict) else None
    if isinstance(here, dict):
        here.setdefault(last, difference.reset)
