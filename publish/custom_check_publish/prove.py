"""Is it true that the pipeline works, now? Followed hop by hop, from the keys to whom a monitor mails."""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from . import snapshot
from .api import Api
from .assets import Resource
from .hops import Absent, Broken, Hop, ago, counted, listed, stated
from .kinds import DASHBOARD, DOWNTIME, KINDS, MONITOR, Kind
from .marker import Live
from .mentions import addresses
from .transport import ApiError

METRIC = 'my_metric'
INTERVAL = 45
"""Seconds between two points, by the check's example."""
LATE = 2 * INTERVAL + 30
"""Seconds after which a last point is too old: one may be missing, and an Agent sends every 15 seconds."""
HOST_LATE = 15 * 60
"""Seconds after which an account takes a host for gone. Agents report every 10 to 15 minutes."""
RETENTION = 7 * 86_400
"""Seconds for which an account knows a host that it no longer sees."""
HOUR = 3600
LOOK_BACK = 15 * 60
"""Seconds over which the spacing of points is measured."""
POLL_EVERY = 3.0
"""Seconds. Less than the 5 after which some servers close a connection."""
LONGEST_WAIT = 86_400.0
"""Seconds, for all waiting together."""
REHEARSAL = 1800.0
"""Seconds to wait for an alert and its recovery, without another limit."""
OWN = re.compile(rf'(?<![\w.]){METRIC}(?![\w.])')
"""Where a query reads the metric of this integration."""


@dataclass
class Prover:
    """Follows the pipeline in an account.

    `host` narrows it to one host. `now` is the time of the account, a POSIX time in seconds: that of a sandbox may run
    faster than real time. When `strict`, what other integrations send has to be there too.
    """

    api: Api
    wanted: Sequence[Resource]
    name: str
    host: str | None = None
    now: Callable[[], float] = time.time
    strict: bool = False
    _owned: dict[tuple[Kind, str], Live] = field(default_factory=dict)

    def hops(self) -> Iterator[Hop]:
        """Yield each hop in the order of the data; only the first when the account takes no keys."""
        for name, step in self._steps():
            hop = self._hop(name, step)
            yield hop
            if name == 'keys' and not hop.ok:
                return

    def _hop(self, name: str, step: Callable[[], list[str]]) -> Hop:
        began = time.monotonic()
        try:
            hop = Hop(name, True, step())
        except Absent as error:
            hop = Hop(name, not self.strict, [str(error)], error.look, absent=True)
        except Broken as error:
            hop = Hop(name, False, [str(error)], error.look)
        except ApiError as error:
            hop = Hop(name, False, [str(error)], 'The account did not answer as it should: see its words.')
        hop.seconds = time.monotonic() - began
        return hop

    def _steps(self) -> Iterator[tuple[str, Callable[[], list[str]]]]:
        yield 'keys', self._keys
        yield 'host', self._host
        yield METRIC, self._metric
        for board in self._of(DASHBOARD):
            for number, widget in enumerate(board.unmarked['widgets'], 1):
                # A note or an image has no data.
                if 'requests' in widget['definition']:
                    yield f'widget {number}', partial(self._widget, board, number)
        for kind, step in ((MONITOR, self._monitor), (DOWNTIME, self._downtime)):
            for resource in self._of(kind):
                yield f'{kind} {resource.key}', partial(step, resource)
        yield 'mail', self._mail

    def _of(self, kind: Kind) -> list[Resource]:
        return [resource for resource in self.wanted if resource.kind is kind]

    def _keys(self) -> list[str]:
        # Each of these requests needs both keys.
        for kind in KINDS:
            for marker, live in self.api.owned(kind, self.name):
                self._owned[kind, marker.key] = live
        return ['the API key and the application key are valid']

    def _scope(self) -> str:
        return f'host:{self.host}' if self.host else '*'

    def _hosts(self, since: int | None = None) -> list[Live]:
        return [host for host in self.api.hosts(since) if not self.host or host['name'] == self.host]

    def _host(self) -> list[str]:
        hosts = self._hosts() or self._hosts(int(self.now()) - RETENTION)
        if not hosts:
            raise Broken(
                f'the account has not seen {"the host " + self.host if self.host else "any host"} in the last 7 days',
                'Does the Agent run, with an API key and the site of this account? See: agent status.',
            )
        ages = [self.now() - host['last_reported_time'] for host in hosts]
        if min(ages) > HOST_LATE:
            raise Broken(
                f'{hosts[ages.index(min(ages))]["name"]} was seen last {ago(min(ages))}',
                'Does the Agent still run, and does it reach the account? See: agent status.',
            )
        well: list[str] = []
        gone: list[str] = []
        for host, age in zip(hosts, ages, strict=True):
            tags = sorted({tag for source in (host.get('tags_by_source') or {}).values() for tag in source})
            version = (host.get('meta') or {}).get('agent_version')
            agent = f', Agent {version}' if version else ''
            line = f'{host["name"]}, seen {ago(age)}{agent}, tags {", ".join(tags) or "none"}'
            (gone if age > HOST_LATE else well).append(line)
        seen = f'of which {len(gone):,} were not' if gone else 'all of them'
        limit = f'{len(hosts):,} hosts, {seen} seen in the last {HOST_LATE // 60} min'
        return listed(gone, well, limit)

    def _metric(self) -> list[str]:
        end = int(self.now())
        # A bucket for each second keeps the time of each point.
        query = f'avg:{METRIC}{{{self._scope()}}} by {{host,device}}.rollup(last, 1)'
        times = times_of(self.api.query(query, end - LOOK_BACK, end + 1))
        if not times:
            raise Broken(
                f'no point of {METRIC} in the last {LOOK_BACK // 60} minutes',
                'Does the Agent run the check? Try: agent check custom_check. See Checks in: agent status.',
            )
        newest = max(points[-1] for points in times.values())
        if end - newest > LATE:
            raise Broken(
                f'the last point of {METRIC} came {ago(end - newest)}, but one is due every {INTERVAL} s',
                'Did the Agent stop, or was the instance removed? See Checks in: agent status.',
            )
        well: list[str] = []
        late: list[str] = []
        for group, points in sorted(times.items()):
            gaps = [after - before for before, after in pairwise(points)]
            spacing = f', {statistics.median(gaps):g} s apart' if gaps else ''
            line = f'{group}: {counted(len(points))}, the last {ago(end - points[-1])}{spacing}'
            if end - points[-1] > LATE:
                late.append(f'{line}, late: one is due every {INTERVAL} s')
            else:
                well.append(line)
        lateness = f'of which {len(late):,} are late' if late else 'none of them late'
        total = f'{len(times):,} series, {lateness}; the newest point came {ago(end - newest)}'
        return listed(late, well, total)

    def _widget(self, board: Resource, number: int) -> list[str]:
        self._require(board)
        try:
            definition, title = snapshot.graph(board, number)
        except snapshot.WidgetError:
            return ['draws no metrics']
        end = int(self.now())
        lines = []
        for request in definition['requests']:
            series = self.api.query(request['q'], end - HOUR, end)
            points = sum(value is not None for line in series for _, value in line['pointlist'])
            if not points:
                empty = f'"{title}" is empty: {request["q"]} has no point in the last hour'
                if not OWN.search(request['q']):
                    raise Absent(
                        empty, 'The metric is of another integration, and comes only where that is configured.'
                    )
                raise Broken(empty, f'Does {METRIC} arrive? See that hop.')
            lines.append(f'"{title}": {counted(points)} in the last hour')
        return lines

    def _monitor(self, resource: Resource) -> list[str]:
        live = self.api.monitor(self._require(resource)['id'])
        groups = groups_of(live)
        if not groups:
            # The query of the monitor without its window and its threshold.
            query = re.sub(r'^\w+\(last_\w+\):|\s*[<>=!]+\s*\S+$', '', live['query'])
            end = int(self.now())
            if self.api.query(query, end - LOOK_BACK, end):
                raise Broken(
                    f'monitor {live["id"]} has not been evaluated yet, although its query has data',
                    'A new monitor is evaluated within a minute or two, and a new group after its new_group_delay.',
                )
            return [f'{live.get("overall_state")}: no group yet: no data matches its query']
        return [f'{live.get("overall_state")}: {stated(groups)}']

    def _downtime(self, resource: Resource) -> list[str]:
        live = self._require(resource)
        if live.get('status') == 'active':
            return ['active now: its monitors do not mail']
        start = next_start(live['schedule'], self.now())
        return [f'scheduled, next {start:%A %d %B, %H:%M} ({start.tzinfo})' if start else str(live.get('status'))]

    def _mail(self) -> list[str]:
        lines = []
        for resource in self._of(MONITOR):
            mailed = sorted(addresses(self._require(resource).get('message') or ''))
            if not mailed:
                raise Broken(
                    f'the monitor {resource.key} mentions no address, so nobody gets a mail',
                    'Publish again with an address: apply --email you@example.com.',
                )
            lines.append(f'{resource.key} mails {", ".join(mailed)}')
        return lines

    def _require(self, resource: Resource) -> Live:
        live = self._owned.get((resource.kind, resource.key))
        if live is None:
            raise Broken(f'there is no {resource.kind} {resource.key} of the name {self.name}', 'Publish it: apply.')
        return live

    def rehearse(self, seconds: float, note: Callable[[str], None]) -> Hop:
        """Wait until a group of a monitor has come to Alert and back to OK, and say how long each took."""
        began, alerted = time.monotonic(), {}
        monitors = [(resource.key, self._require(resource)['id']) for resource in self._of(MONITOR)]
        while (waited := time.monotonic() - began) < seconds:
            for key, id_ in monitors:
                for group, status in groups_of(self.api.monitor(id_)).items():
                    if status == 'Alert' and (key, group) not in alerted:
                        alerted[key, group] = waited
                        note(f'{key}, {group}: Alert after {waited:.0f} s. Waiting for it to recover.')
                    elif status == 'OK' and (key, group) in alerted:
                        after = alerted[key, group]
                        duration = f'{key}, {group}: Alert after {after:.0f} s, and OK {waited - after:.0f} s later'
                        return Hop('alert', True, [duration], seconds=waited)
            time.sleep(POLL_EVERY)
        what = 'no monitor recovered' if alerted else 'no monitor alerted'
        return Hop(
            'alert',
            False,
            [f'{what} within {seconds:.0f} s'],
            'Hold minimum and maximum at 900 for 6 minutes, then at 100. A downtime mutes mails, but not states.',
            waited,
        )


def times_of(series: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Return the times of the points of each series, by its tags, in seconds; no series without a point."""
    times = {
        ', '.join(it.get('tag_set') or []) or 'no tags': sorted(
            int(at / 1000) for at, value in it['pointlist'] if value is not None
        )
        for it in series
    }
    return {group: points for group, points in times.items() if points}


def groups_of(monitor: Live) -> dict[str, str]:
    """Return the state of each group of a monitor."""
    groups = (monitor.get('state') or {}).get('groups') or {}
    return {name: group['status'] for name, group in groups.items()}


def next_start(schedule: dict[str, Any], now: float) -> datetime | None:
    """Return when a downtime begins next, in its own zone; None when it never does."""
    zone = ZoneInfo(schedule.get('timezone') or 'UTC')
    local = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
    starts = [
        rrulestr(recurrence['rrule'], dtstart=datetime.fromisoformat(recurrence['start']).replace(tzinfo=None)).after(
            local
        )
        for recurrence in schedule.get('recurrences') or []
    ]
    coming = [start for start in starts if start]
    return min(coming).replace(tzinfo=zone) if coming else None
