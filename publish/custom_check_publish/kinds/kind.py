"""What every kind of resource has."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, ClassVar

from datadog_api_client.model_utils import OpenApiModel

from custom_check_publish.drift import Difference
from custom_check_publish.marker import Live, Marker
from custom_check_publish.publication import Publication
from custom_check_publish.transport import Transport

Body = dict[str, Any]
"""What a request sends; of a downtime, its attributes."""
Find = Callable[[], Live | None]
"""Looks for what a request may have created whose answer was lost."""


class Kind(ABC):
    """A kind of resource: how its asset is read, its account asked, its marker carried, and its words shown."""

    name: ClassVar[str]
    model: ClassVar[type[OpenApiModel]]
    """The official client's model of what the account answers."""
    is_replaced: ClassVar[bool] = False
    """Whether a change sends the whole resource, and drops what it does not name."""

    def __str__(self) -> str:
        return self.name

    # The asset

    @abstractmethod
    def read(self, asset: dict[str, Any], publication: Publication, integration: Sequence[str]) -> tuple[str, Body]:
        """Return the title of an asset, and what creates it but for the marker.

        `integration` has the tags by which all monitors of the publication name their integration. Raises
        `InvalidAsset`.
        """

    # The marker

    @abstractmethod
    def marked_text(self, live: Live) -> str:
        """Return the text in which the marker of a resource is looked for."""

    @abstractmethod
    def mark(self, body: Body, marker: Marker) -> None:
        """Write a marker into a body."""

    # The account

    @abstractmethod
    def each(self, transport: Transport) -> Iterator[Live]:
        """Yield each resource that may be ours; those that have ended are not among them."""

    def whole(self, transport: Transport, listed: Live) -> Live | None:
        """Return a resource whole, where the list holds summaries; None for one that is gone since."""
        return listed

    @abstractmethod
    def create(self, transport: Transport, find: Find, body: Body) -> Live:
        """Create a resource once only, and return it."""

    @abstractmethod
    def update(self, transport: Transport, id_: Any, body: Body) -> Live:
        """Change a resource in place, and return it."""

    @abstractmethod
    def delete(self, transport: Transport, id_: Any) -> None:
        """Remove a resource, or end it."""

    # A change

    def correction(self, wanted: Body, differences: Sequence[Difference]) -> Body:
        """Return what an update sends so that a resource becomes as wanted.

        What a request leaves out may stay as it is, so it names what the asset does not, at its default.
        """
        body = deepcopy(wanted)
        for difference in differences:
            *parents, last = difference.where
            place: Any = body
            for parent in parents:
                place = place.get(parent) if isinstance(place, dict) else None
            if isinstance(place, dict):
                place.setdefault(last, difference.reset)
        return body

    # The words

    @abstractmethod
    def title(self, live: Live) -> str:
        """Return the words by which people know a resource."""

    @abstractmethod
    def details(self, body: Body) -> list[str]:
        """Return a line for each field of a new resource that matters to who is asked about it."""

    @abstractmethod
    def path(self, live: Live) -> str:
        """Return where a resource is in the web application."""


def pages(page: Callable[[int, int], Iterable[Live]]) -> Iterator[Live]:
    """Yield each item of a list once. `page` is asked for by its number and by the count of items before it.

    The list ends at a page with nothing new: a short page need not be the last, and a server that does not count pages
    sends the same one again.
    """
    seen: set[Any] = set()
    number = count = 0
    while True:
        items = list(page(number, count))
        new = [item for item in items if item['id'] not in seen]
        if not new:
            return
        seen |= {item['id'] for item in new}
        yield from new
        number, count = number + 1, count + len(items)


def paragraphs(*texts: str | None) -> str:
    """Join strings with an empty line between them, without those that are empty."""
    return '\n\n'.join(text for text in texts if text)


def first_line(text: str | None) -> str:
    return (text or '').partition('\n')[0].strip()


def mentions(emails: Iterable[str]) -> str:
    """Return a mention of each address."""
    return ' '.join(f'@{email}' for email in emails)
