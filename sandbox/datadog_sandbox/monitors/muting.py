"""Which downtimes mute a group, and whose ends notify of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from datadog_sandbox.downtimes import FOREVER, Downtime, DowntimeError, Window, canceled, iso, merge, scope

from .model import Monitor

Opened = tuple[Downtime, list[Window]]
"""A downtime with its windows in the time of interest."""


class Muting:
    """When a group is muted, and the ends of downtimes that may notify."""

    def __init__(self, downtimes: Sequence[Opened], previous: int, moments: Sequence[int]) -> None:
        self._downtimes = downtimes
        self._merged = merge(window for _, opened in downtimes for window in opened)
        self.ends = [
            (bisect_left(moments, window.end), downtime, 'canceled' if canceled(downtime) == window.end else 'expired')
            for downtime, opened in downtimes
            for window in opened
            if previous < window.end <= moments[-1]
        ]
        """The position of the moment, the downtime, and the type of its end."""

    def at(self, moment: int) -> bool:
        """Return whether the group is muted."""
        place = bisect_right(self._merged, (moment, FOREVER)) - 1
        return place >= 0 and self._merged[place].end > moment

    def first_recovery(self, moment: int) -> bool:
        """Return whether a group whose alert was notified of may notify that it recovers."""
        return not any(
            downtime['attributes'].get('mute_first_recovery_notification')
            for downtime, opened in self._downtimes
            if any(window.start <= moment < window.end for window in opened)
        )


def silenced(monitor: Monitor) -> Iterator[Downtime]:
    """Yield the deprecated `silenced` option as downtimes whose end does not notify."""
    for text, end in ((monitor.get('options') or {}).get('silenced') or {}).items():
        yield {
            'attributes': {
                'scope': text,
                'monitor_identifier': {'monitor_id': monitor['id']},
                'schedule': {'start': iso(0), 'end': iso(end) if end else None},
                'notify_end_types': [],
            }
        }


def matches(downtime: Downtime, tags: Mapping[str, str]) -> bool:
    """Return whether the tags of a group are in the scope of a downtime."""
    try:
        return scope(downtime['attributes'].get('scope') or '*')(tags)
    except DowntimeError:
        # Kept before scopes were checked: one that cannot be parsed is that of no group.
        return False
