"""The interface of types of monitors."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.monitors.readings import Readings
from datadog_sandbox.numerals import numeral
from datadog_sandbox.store import Store
from datadog_sandbox.times import DAY

Chunk = tuple[Sequence[int], Readings]
"""Some moments, and the readings at them."""


class MonitorType(ABC):
    """The query of a monitor, parsed once."""

    names: ClassVar[tuple[str, ...]] = ()
    """The values of `type` in the API."""

    window: int
    """Seconds that an evaluation looks back."""
    group_by: tuple[str, ...] = ()
    """The keys of the tags that make a group; empty for a simple alert."""
    fixed_tags: Mapping[str, str] = {}
    """The tags by which the query filters, so that all its groups have them."""
    operator: str = ''
    """The comparison with the thresholds; empty for types without thresholds."""
    threshold: float | None = None
    """The critical threshold of the query."""
    empty_is_zero: bool = False
    """Whether a window without data counts as 0."""
    empty_together: bool = False
    """With `empty_is_zero`: whether a window counts as 0 only while the windows of all groups are empty."""
    needs_full_window: bool = False
    """Whether a group is evaluated only if its window is full."""
    can_miss_data: bool = True
    """Whether groups become No Data, or recover, when points stop."""
    retention: int = DAY
    """Seconds without data after which a group is forgotten, by default."""
    record_prefixes: tuple[str, ...] = ()
    """What the variables of the records begin with that it finds, such as `log`."""
    reads_events: bool = False
    """Whether it counts events, of which the alerts of other monitors are some."""
    compares_values: ClassVar[bool] = True
    """Whether the thresholds are values of the query. Those of anomalies and outliers are shares."""
    apart: bool = False
    """Whether each moment is evaluated by itself, which takes long for many moments."""
    dependencies: tuple[int, ...] = ()
    """The ids of the monitors whose states it reads."""

    @property
    def lookback(self) -> int:
        """Seconds before a moment whose points `read` may see."""
        return self.window

    @property
    def missing_after(self) -> int:
        """Seconds without points after which `notify_no_data` takes effect, by default."""
        return 2 * self.window

    @classmethod
    @abstractmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        """Return the monitor of a query and options. Raises `query.QueryError` when it is not evaluated."""

    @abstractmethod
    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        """Yield the moments, which ascend, in chunks with their readings, which are `delay` seconds older.

        Raises `query.QueryError`.
        """

    @property
    def measure(self) -> str:
        """What is compared with the thresholds, such as 'the number of logs in the last 5 minutes'."""
        return 'its value'

    def describe(self, value: float) -> str:
        """Return a value in words, such as 'the average of the last 5 minutes is 7'."""
        return f'{self.measure} is {numeral(value)}'

    def message(self, store: Store, tags: Mapping[str, str], moment: int) -> str:
        """Return the message of a group's data at a moment, for `{{check_message}}`; empty for most types."""
        return ''

    def is_unknown(self, store: Store, tags: Mapping[str, str], moment: int, recovered: bool) -> bool:
        """Return whether a group without data at a moment, or before it `recovered`, reported that it is UNKNOWN."""
        return False

    def matching_variables(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[str, str]:
        """Return the variables of what a search finds for a group at a moment, such as `log.message`."""
        return {}

    def metrics(self) -> set[str]:
        """Return the metrics that the query reads."""
        return set()

    def members(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[int, tuple[str, str]]:
        """Return the group, and its state, of each monitor that this one combines for a group at a moment."""
        return {}

    def remarks(self) -> list[Remark]:
        """Return where the evaluation of the query differs from Datadog's."""
        return []
