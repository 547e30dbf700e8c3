"""What every type of monitor offers to the evaluation, which is the same for all."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from datadog_sandbox.monitors.readings import Readings
from datadog_sandbox.store import Store

Chunk = tuple[Sequence[int], Readings]
"""Some moments, and what is read at them."""


class MonitorType(ABC):
    """The query of a monitor, parsed once."""

    names: ClassVar[tuple[str, ...]] = ()
    """What `type` says in the API."""

    window: int
    """Seconds that an evaluation looks back."""
    group_by: tuple[str, ...]
    """The keys of the tags that make a group; empty for a simple alert."""
    operator: str
    threshold: float
    """The critical threshold in the query."""
    counts: bool = False
    """Whether a window without data may count as 0."""

    @classmethod
    @abstractmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        """Return the monitor of a query and options. Raises `query.QueryError` when it is not evaluated."""

    @abstractmethod
    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        """Yield ascending moments, as many at once as can be, with what is read `delay` seconds before each of them.

        Raises `query.QueryError`.
        """

    @abstractmethod
    def describe(self, value: float) -> str:
        """Return in words what a value of a group is, such as 'the average of the last 5 minutes is 7'."""
