"""Is it true that the pipeline works, now? Followed hop by hop, from the keys to whom a monitor mails."""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from .api import Api
from .assets import Resource
from .marker import Live
from .snapshot import queries_of
from .transport import ApiError

METRIC = 'my_metric'
INTERVAL = 45
"""Seconds between two points, by the check's example."""
LATE = 2 * INTERVAL + 30
"""Seconds after which a last point is too old: one may be missing, and an Agent sends every 15 seconds."""
HOST_LATE = 15 * 60
"""Seconds after which an account takes a host for gone. Agents report every 10 to 15 minutes."""
LOOK_BACK = 15 * 60
"""Seconds over which the spacing of points is measured."""
POLL_EVERY = 5.0
"""Seconds."""
MENTION = re.compile(r'@([^\s@]+@[^\s@]+\.[^\s@.,;)]+)')


class Broken(Exception):
    """A hop that does not hold. `look` says where to look next."""

    def __init__(self, message: str, look: str) -> None:
        super().__init__(message)
        self.look = look


@dataclass
class Hop:
    """One hop of the pipeline, and what was found there."""

    name: str
    ok: bool
    found: list[str]
    """Lines for a person."""
    look: str = ''
    """Where to look, for a hop that does not hold."""
    seconds: float = 0.0
    """How long it took to ask."""


@dataclass
class Prover:
    """Follows the pipeline in an account. `host` narrows it to one host; `now` is a POSIX time in seconds."""

    api: Api
    wanted: Sequence[Resource]
    name: str
    host: str | None = None
    now: Callable[[], float] = time.time
    _owned: dict[tuple[str, str], Live] = field(default_factory=dict)

    def hops(self) -> Iterator[Hop]:
        """Yield each hop in the order of the data, up to the first that does not hold."""
        steps: list[tuple[str, Callable[[], list[str]]]] = [
            ('keys', self._keys),
            ('host', self._host),
            (METRIC, self._metric),
            *((f'widget {number}', lambda it=widget: self._widget(*it)) for number, widget in self._widgets()),
            *((f'monitor {one.key}', lambda it=one: self._monitor(it)) for one in self._of('monitor')),
            *((f'downtime {one.key}', lambda it=one: self._downtime(it)) for one in self._of('downtime')),
            ('mail', self._mail),
        ]
        for name, step in steps:
            began = time.monotonic()
            try:
                hop = Hop(name, True, step())
            except Broken as error:
                hop = Hop(name, False, [str(error)], error.look)
            except ApiError as error:
                hop = Hop(name, False, [str(error)], 'The account did not answer this request: see its message.')
            hop.seconds = time.monotonic() - began
            yield hop
            if not hop.ok:
                return

    def _of(self, kind: str) -> list[Resource]:
        return [one for one in self.wanted if one.kind == kind]

    def _keys(self) -> list[str]:
        self.api.validate()
        # Only a request for resources needs the application key.
        for kind in ('dashboard', 'monitor', 'downtime'):
            for marker, live in self.api.owned(kind, self.name):
                self._owned[kind, marker.key] = live
        return ['the API key and the application key are valid']

    def _scope(self) -> str:
        return f'host:{self.host}' if self.host else '*'

    def _host(self) -> list[str]:
        hosts = [one for one in self.api.hosts() if not self.host or one['name'] == self.host]
        if not hosts:
            who = f'the host {self.host!r}' if self.host else 'any host'
            raise Broken(
                f'the account has not seen {who}',
                'Does the Agent run, with the API key and the site of this account? Ask it: agent status.',
            )
        lines = []
        for one in hosts:
            age = self.now() - (one.get('last_reported_time') or 0)
            tags = sorted({tag for source in (one.get('tags_by_source') or {}).values() for tag in source})
            version = (one.get('meta') or {}).get('agent_version')
            agent = f', Agent {version}' if version else ''
            lines.append(f'{one["name"]}, seen {ago(age)}{agent}, tags {", ".join(tags) or "none"}')
        ages = [self.now() - (one.get('last_reported_time') or 0) for one in hosts]
        if min(ages) > HOST_LATE:
            raise Broken(
                f'{hosts[ages.index(min(ages))]["name"]} was seen last {ago(min(ages))}',
                'Does the Agent still run, and does it reach the account? Ask it: agent status.',
            )
        return lines

    def _metric(self) -> list[str]:
        end = int(self.now())
        # A bucket for each second keeps the time of each point.
        query = f'avg:{METRIC}{{{self._scope()}}} by {{host,device}}.rollup(last, 1)'
        found = self.api.query(query, end - LOOK_BACK, end + 1)
        times = {
            ', '.join(one.get('tag_set') or []) or 'no tags': [int(at / 1000) for at, value in one['pointlist'] if value is not None]
            for one in found
        }
        times = {group: sorted(points) for group, points in times.items() if points}
        if not times:
            raise Broken(
                f'no point of {METRIC} in the last {LOOK_BACK // 60} minutes',
                'Does the Agent run the check? Ask it: agent check custom_check, and agent status, under Checks.',
            )
        newest = max(points[-1] for points in times.values())
        if end - newest > LATE:
            raise Broken(
                f'the last point of {METRIC} came {ago(end - newest)}, but one is due every {INTERVAL} s',
                'Did the Agent stop, or the instance go? Ask it: agent status, under Checks.',
            )
        lines = []
        for group, points in sorted(times.items()):
            gaps = [after - before for before, after in pairwise(points)]
            spacing = f', {statistics.median(gaps):g} s apart' if gaps else ''
            late = f', late: the last one came {ago(end - points[-1])}' if end - points[-1] > LATE else ''
            lines.append(f'{group}: {len(points)} points, the last {ago(end - points[-1])}{spacing}{late}')
        return lines

    def _widgets(self) -> list[tuple[int, tuple[str, list[str]]]]:
        """Return the number, the title and the queries of each widget that draws metrics."""
        found = []
        for board in self._of('dashboard'):
            for number, widget in enumerate(board.body['widgets'], 1):
                if queries := queries_of(board, number):
                    found.append((number, (widget['definition'].get('title', ''), queries)))
        return found

    def _widget(self, title: str, queries: list[str]) -> list[str]:
        end = int(self.now())
        lines = []
        for query in queries:
            points = sum(
                value is not None for one in self.api.query(query, end - 3600, end) for _, value in one['pointlist']
            )
            if not points:
                raise Broken(
                    f'"{title}" is empty: {query} has no point in the last hour',
                    'Does an Agent send this metric? A metric of another integration needs that one configured as well.',
                )
            lines.append(f'"{title}": {points} points in the last hour')
        return lines

    def _monitor(self, resource: Resource) -> list[str]:
        owned = self._require(resource)
        live = self.api.monitor(owned['id'])
        groups = (live.get('state') or {}).get('groups') or {}
        state = live.get('overall_state') or 'not evaluated'
        if state == 'not evaluated' or (not groups and state != 'No Data'):
            raise Broken(
                f'monitor {live["id"]} has not been evaluated yet',
                'A new monitor is evaluated within a minute, and a new group after its new_group_delay: try again then.',
            )
        shown = ', '.join(f'{name} {group["status"]}' for name, group in sorted(groups.items())[:10])
        more = f' and {len(groups) - 10} more' if len(groups) > 10 else ''
        return [f'{state}: {shown or "no group yet, as nothing in its scope has reported"}{more}']

    def _downtime(self, resource: Resource) -> list[str]:
        live = self._require(resource)
        if live.get('status') == 'active':
            return ['active now: its monitors do not mail']
        start = next_start(live['schedule'], self.now())
        return [f'scheduled, next {start:%A %d %B, %H:%M} ({start.tzinfo})' if start else str(live.get('status'))]

    def _mail(self) -> list[str]:
        lines = []
        for resource in self._of('monitor'):
            addresses = sorted(set(MENTION.findall(self._require(resource).get('message') or '')))
            if not addresses:
                raise Broken(
                    f'the monitor {resource.key} mentions no address, so it mails nobody',
                    'Publish again with an address: apply --email you@example.com.',
                )
            lines.append(f'{resource.key} mails {", ".join(addresses)}')
        return lines

    def _require(self, resource: Resource) -> Live:
        live = self._owned.get((resource.kind, resource.key))
        if live is None:
            raise Broken(f'there is no {resource.kind} {resource.key} of the name {self.name}', 'Publish it: apply.')
        return live


def next_start(schedule: dict[str, Any], now: float) -> datetime | None:
    """Return when a downtime begins next, in its own zone; None when it never does."""
    zone = ZoneInfo(schedule.get('timezone') or 'UTC')
    local = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
    starts = []
    for recurrence in schedule.get('recurrences') or []:
        begin = datetime.fromisoformat(recurrence['start']).replace(tzinfo=None)
        starts.append(rrulestr(recurrence['rrule'], dtstart=begin).after(local))
    if schedule.get('start'):
        starts.append(datetime.fromisoformat(schedule['start']).astimezone(zone).replace(tzinfo=None))
    return min((one for one in starts if one), default=None) and min(one for one in starts if one).replace(tzinfo=zone)


def ago(seconds: float) -> str:
    """Return how long something is ago, in words."""
    if seconds < 120:
        return f'{max(0, seconds):.0f} s ago'
    if seconds < 7200:
        return f'{seconds / 60:.0f} min ago'
    return f'{timedelta(seconds=int(seconds))} ago'
