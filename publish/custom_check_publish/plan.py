"""Compare what should exist with what does, and make the changes."""

import uuid
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from .api import Api
from .assets import Resource
from .drift import Difference, drift, unknown
from .kinds import KINDS, Kind
from .marker import Live, Marker, age, sort_out

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
        return _correct(api, self.resource, self.live, self.differences)


@dataclass(frozen=True)
class Create(Change):
    action = 'create'
    resource: Resource

    def carry_out(self, api: Api) -> Done:
        """Create the resource, then write its id into its marker, so that a clone of it is recognized.

        In between, look whether another run made the same one at the same time: the first one made is kept.
        """
        marker = Marker(self.resource.name, self.key, f'new-{uuid.uuid4().hex[:12]}')
        created = api.create(self.kind, marker, self.resource.body(marker.id))
        rivals = [
            live
            for other, live in api.owned(self.kind, marker.name)
            if other.key == self.key and (other.is_new or other.id == str(live['id']))
        ]
        first = min([*rivals, created], key=age)
        if first['id'] != created['id']:
            api.delete(self.kind, created['id'])
        differences = drift(self.kind.model, self.resource.body(first['id']), first)
        done = _correct(api, self.resource, first, differences)
        return replace(done, made_by_another=first['id'] != created['id'])


@dataclass
class Plan:
    """What makes an account hold a set of resources, and no others of its name."""

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
        owned = sort_out(api.owned(kind, name))
        plan.clones += [(kind, live) for live in owned.clones]
        for resource in resources:
            if resource.kind is kind:
                plan.changes.append(_change(resource, owned.ours.pop(resource.key, {}), api, plan.notes))
        leftover = [*owned.ours.items(), *owned.doubles]
        removals += [Remove(kind, key, kind.title(live), live, []) for key, live in leftover]
    plan.changes += reversed(removals)
    return plan


def _change(resource: Resource, live: Live, api: Api, notes: list[str]) -> Change:
    resource = _without_strangers(resource, live, api, notes)
    kind = resource.kind
    what = (kind, resource.key, resource.title, live)
    if not live:
        return Create(*what, [], resource)
    differences = drift(kind.model, resource.body(live['id']), live)
    if not differences:
        return Keep(*what, [])
    if kind.is_replaced and (lost := unknown(kind.model, resource.unmarked, live)):
        notes.append(f'Changing {kind} {resource.key} drops what this command does not know: {", ".join(lost)}.')
    return Update(*what, differences, resource)


def _without_strangers(resource: Resource, live: Live, api: Api, notes: list[str]) -> Resource:
    """Take off the notify list who is no user of the account: it would be refused or dropped, and so drift for ever."""
    wanted = resource.unmarked.get('notify_list') or []
    kept = [
        handle for handle in wanted if handle in (live.get('notify_list') or []) or api.has_user(handle) is not False
    ]
    strangers = [handle for handle in wanted if handle not in kept]
    if not strangers:
        return resource
    notes.append(
        f'Not on the notify list of {resource.kind} {resource.key}, as no user of the account has this handle: '
        f'{", ".join(strangers)}.'
    )
    return replace(resource, unmarked=resource.unmarked | {'notify_list': kept})


def _correct(api: Api, resource: Resource, live: Live, differences: list[Difference]) -> Done:
    """Send what sets a live resource right, if anything has to."""
    if not differences:
        return Done(live)
    wanted = resource.body(live['id'])
    answer = api.update(resource.kind, live['id'], resource.kind.correction(wanted, differences))
    return Done(answer, drift(resource.kind.model, wanted, answer))
