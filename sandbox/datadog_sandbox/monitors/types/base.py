"""What every type of monitor offers to the evaluation, which is the same for all."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from datadog_sandbox.monitors.model import Remark
from datadog_sandbox.monitors.readings import Readings
from datadog_sandbox.numerals import numeral
from datadog_sandbox.store import Store

Chunk = tuple[Sequence[int], Readings]
"""Some moments, and what is read at them."""


class MonitorType(ABC):
    """The query of a monitor, parsed once."""

    names: ClassVar[tuple[str, ...]] = ()
    """What `type` says in the API."""

    window: int
    """Seconds that an evaluation looks back."""
    group_by: tuple[str, ...] = ()
    """The keys of the tags that make a group; empty for a simple alert."""
    operator: str = ''
    """How values are compared with the thresholds; empty where none are."""
    threshold: float | None = None
    """The critical threshold in the query."""
    empty_is_zero: bool = False
    """Whether a window without data counts as 0."""
    needs_full_window: bool = False
    """Whether it is evaluated only when its window is full."""
    goes_silent: bool = True
    """Whether groups without data are missing after a while."""
    dependencies: tuple[int, ...] = ()
    """The ids of the monitors whose states it reads."""

    @property
    def lookback(self) -> int:
        """Seconds before a moment in which a point is seen."""
        return self.window

    @classmethod
    @abstractmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        """Return the monitor of a query and options. Raises `query.QueryError` when it is not evaluated."""

    @abstractmethod
    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        """Yield ascending moments, as many at once as can be, with what is read `delay` seconds before each of them.

        Raises `query.QueryError`.
        """

    def describe(self, value: float) -> str:
        """Return in words what a value of a group is, such as 'the average of the last 5 minutes is 7'."""
        return f'its value is {numeral(value)}'

    def message(self, store: Store, tags: Mapping[str, str], moment: int) -> str:
        """Return what the data itself says of a group at a moment, for `{{check_message}}`; empty where it cannot."""
        return ''

    def metrics(self) -> set[str]:
        """Return the metrics that the query reads."""
        return set()

    def members(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[int, tuple[str, str]]:
        """Return the group and its state, of each monitor that this one combines, behind a group at a moment."""
        return {}

    def remarks(self) -> list[Remark]:
        """Return what of the query is not, or only nearly, evaluated as Datadog does."""
        return []
