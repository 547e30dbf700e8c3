"""The downtimes that mute a group, and their ends, which may notify."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from datadog_sandbox.downtimes import FOREVER, Downtime, Window, canceled, iso, matches, merge, windows

from .model import Monitor

Opened = tuple[Downtime, list[Window]]
"""A downtime, with its windows in the time that is evaluated."""


class Muting:
    """When a group is muted, and when the downtimes that mute it end."""

    def __init__(self, downtimes: Sequence[Opened], moments: Sequence[int]) -> None:
        self._downtimes = downtimes
        self._merged = merge(window for _, opened in downtimes for window in opened)
        self.ends = [
            (bisect_left(moments, window.end), downtime, 'canceled' if canceled(downtime) == window.end else 'expired')
            for downtime, opened in downtimes
            for window in opened
            if window.end <= moments[-1]
        ]
        """For each end of a downtime: the index of the moment, the downtime, and the type of end."""

    def at(self, moment: int) -> bool:
        """Return whether the group is muted."""
        place = bisect_right(self._merged, (moment, FOREVER)) - 1
        return place >= 0 and self._merged[place].end > moment

    def first_recovery(self, moment: int) -> bool:
        """Return whether a recovery notifies although downtimes are open, provided that its alert did."""
        return not any(
            downtime['attributes'].get('mute_first_recovery_notification')
            for downtime, opened in self._downtimes
            if any(window.start <= moment < window.end for window in opened)
        )


def silenced(monitor: Monitor) -> Iterator[Downtime]:
    """Yield the scopes of the deprecated option `silenced` as downtimes whose ends do not notify."""
    for text, end in ((monitor.get('options') or {}).get('silenced') or {}).items():
        yield {
            'attributes': {
                'scope': text,
                'monitor_identifier': {'monitor_id': monitor['id']},
                'schedule': {'start': iso(0), 'end': iso(end) if end else None},
                'notify_end_types': [],
            }
        }


class Mutings:
    """The muting of each group, which groups with the same downtimes share."""

    def __init__(
        self, downtimes: Sequence[Downtime], fixed: Mapping[str, str], previous: int, moments: Sequence[int]
    ) -> None:
        """Take the downtimes of a monitor, and the tags that all its groups have, for the moments after `previous`."""
        self._fixed = fixed
        self._moments = moments
        self._opened: list[Opened] = [
            (downtime, open_) for downtime in downtimes if (open_ := windows(downtime, previous, moments[-1] + 1))
        ]
        self.any_end = any(window.end <= moments[-1] for _, open_ in self._opened for window in open_)
        """Whether a downtime ends: then any group may notify."""
        self._known: dict[tuple[int, ...], Muting] = {}

    def of(self, tags: Mapping[str, str]) -> Muting:
        """Return the muting of the group with some tags."""
        tags = {**self._fixed, **tags}
        matching = tuple(index for index, (downtime, _) in enumerate(self._opened) if matches(downtime, tags))
        if matching not in self._known:
            opened = [self._opened[index] for index in matching]
            self._known[matching] = Muting(opened, self._moments)
        return self._known[matching]
