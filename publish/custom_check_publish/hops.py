"""A hop of the pipeline, and how what was seen there is put into words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_GROUPS = 10
"""Hosts, series, and groups of a monitor that are named each."""
WELL = ('OK', 'Skipped')
"""The states of a group that need no look. A new group is skipped at first."""
SEVERITY = ('Alert', 'Warn', 'No Data', *reversed(WELL))
"""The states of a group, from the worst."""


class Broken(Exception):
    """A hop that does not hold. `look` says where to look next."""

    def __init__(self, message: str, look: str) -> None:
        super().__init__(message)
        self.look = look


class Absent(Broken):
    """A hop that belongs to another integration, which sends nothing to this account."""


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
    absent: bool = False
    """Whether it belongs to another integration, which sends nothing; that breaks the pipeline only when strict."""


def listed(bad: Sequence[str], well: Sequence[str], total: str) -> list[str]:
    """Return the lines for what is not well and for what is; beyond `MOST_GROUPS`, `total` stands for what is well."""
    if len(bad) + len(well) <= MOST_GROUPS:
        return [*bad, *well]
    more = [f'and {len(bad) - MOST_GROUPS:,} more like these'] if len(bad) > MOST_GROUPS else []
    return [total, *bad[:MOST_GROUPS], *more]


def stated(groups: Mapping[str, str]) -> str:
    """Return the state of each group of a monitor; of more than `MOST_GROUPS`, only groups that need a look."""
    if len(groups) <= MOST_GROUPS:
        return ', '.join(f'{group} {status}' for group, status in sorted(groups.items()))
    counts = Counter(groups.values())
    numbers = ', '.join(f'{counts[status]:,} {status}' for status in sorted(counts, key=_severity))
    bad = sorted((_severity(status), group, status) for group, status in groups.items() if status not in WELL)
    named = [f'{group} {status}' for _, group, status in bad[:MOST_GROUPS]]
    more = [f'and {len(bad) - MOST_GROUPS:,} more'] if len(bad) > MOST_GROUPS else []
    return '; '.join(filter(None, [f'{len(groups):,} groups: {numbers}', ', '.join([*named, *more])]))


def _severity(status: str) -> int:
    return SEVERITY.index(status) if status in SEVERITY else 0


def counted(points: int) -> str:
    return '1 point' if points == 1 else f'{points} points'


def ago(seconds: float) -> str:
    """Return how long something is ago, in words."""
    if seconds < 120:
        return f'{max(0, seconds):.0f} s ago'
    if seconds < 7200:
        return f'{seconds / 60:.0f} min ago'
    if seconds < 48 * 3600:
        return f'{seconds / 3600:.0f} h ago'
    return f'{seconds / 86_400:.0f} days ago'
