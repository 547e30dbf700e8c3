"""What a person chooses to publish."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DOWNTIMES = Path(__file__).resolve().parent / 'downtimes'
MONDAY_MORNING = 'monday_morning'
"""The downtime that the exercise leaves out, by its key."""


@dataclass(frozen=True)
class Publication:
    """A set of resources that is to exist in an account, and whom it notifies."""

    assets: Path
    """A folder with `dashboards/` and `monitors/`."""
    name: str
    """Of the set: two sets with two names live in one account without touching each other."""
    now: datetime
    """Decides the date of a downtime's first occurrence; with a zone."""
    emails: Sequence[str] = ()
    timezone: str = 'UTC'
    """The IANA name of the zone of the downtimes."""
    without: Collection[str] = (MONDAY_MORNING,)
    """Keys of downtimes that are left out."""
    downtimes: Path = DOWNTIMES

    @property
    def recipients(self) -> list[str]:
        """The addresses in one order, so that giving them in another is no change."""
        return sorted(set(self.emails))
