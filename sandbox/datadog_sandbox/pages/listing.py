"""Lists of rows that one searches, filters, sorts, and pages through; the address of the page says how.

A search has the syntax of Datadog's explorers, with the facets that the list names: `env:prod -state:ok "web 1"`. With
`sort=name,desc`, as in Datadog's search for monitors, the order is that of a column. Where two lists share a page, each
has a `prefix` of its own before its parameters.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from datadog_sandbox.natural import natural
from datadog_sandbox.query import QueryError
from datadog_sandbox.records import Document, by_tag, search

SIZE = 50
"""Rows on a page, where a list names no other number."""
CHOICES = 200
"""Values of a facet that a page offers: the most frequent."""


def document(words: Iterable[str], tags: Iterable[str] = (), **facets: Iterable[str]) -> Document:
    """Return what a search is asked of: words, also those of the facets, and the facets, of which tags are some."""
    values: dict[str, list[str]] = {name: [value.lower() for value in each] for name, each in facets.items()}
    tags = [tag.lower() for tag in tags]
    for key, each in by_tag(tags).items():
        values.setdefault(key, []).extend(each)
    values['tag'] = tags
    known = [value for each in facets.values() for value in each]
    return Document(values, '\n'.join([*words, *known, *tags]).lower())


@dataclass(frozen=True)
class Column[Row]:
    """A column by which a list is sorted."""

    name: str
    """In the address."""
    label: str
    key: Callable[[Row], Any] | None = None
    """What rows are compared by; None for a column without an order."""
    descending: bool = False
    """Whether the greatest comes first, until one asks for the other direction."""
    number: bool = False


class Choice(NamedTuple):
    """A value of a facet."""

    value: str
    rows: int
    """How many rows have it."""
    chosen: bool


class Head(NamedTuple):
    """The head of a column."""

    label: str
    number: bool
    link: str
    """To the same list in the order of this column; empty for a column without an order."""
    direction: str
    """How the list is sorted by it now, as `aria-sort` says it, or empty."""


@dataclass(frozen=True)
class Listing[Row]:
    """What a list of rows offers."""

    noun: str
    """What a row is, such as `host`; its plural has an s."""
    columns: Sequence[Column[Row]]
    document: Callable[[Row], Document]
    """What a search finds a row by."""
    filters: Mapping[str, str]
    """Labels of the facets of which one chooses a value, by their names."""
    hint: str = ''
    """An example of a search."""
    size: int = SIZE
    prefix: str = ''
    search: str = ''
    """What the parameter `q` is called in Datadog's address of the same list, which is understood, too."""
    completed: str = ''
    """What completes a search: the name of one of the `ANSWERS` of `completion.py`, or nothing."""
    default: str = ''
    """The column that orders the list until one asks for another; else the first one with a key does."""

    def page(self, rows: Iterable[Row], address: QueryParams) -> 'Page[Row]':
        """Return what an address asks of the rows. A search that cannot be read finds nothing, and says why."""
        every = [(row, self.document(row)) for row in rows]
        asked = address.get(f'{self.prefix}q', address.get(self.search, ''))
        try:
            fits, error = search(asked, inside_words=True), ''
        except QueryError as refusal:
            error = str(refusal)
        matching = [] if error else [(row, document) for row, document in every if fits(document)]
        filters: dict[str, list[Choice]] = {}
        for name in self.filters:
            wanted = address.get(self.prefix + name, '').lower()
            counts = Counter(value for _, document in matching for value in {*document.facets.get(name, ())})
            counts[wanted] += 0
            offered = [Choice(value, count, value == wanted) for value, count in counts.most_common(CHOICES) if value]
            filters[name] = sorted(offered, key=lambda choice: natural(choice.value))
            if wanted:
                matching = [(row, document) for row, document in matching if wanted in document.facets.get(name, ())]
        column, descending = self._order(address.get(f'{self.prefix}sort', ''))
        assert column.key
        kept = sorted((row for row, _ in matching), key=column.key, reverse=descending)
        pages = max(1, -(-len(kept) // self.size))
        number = min(max(1, _number(address.get(f'{self.prefix}page', ''))), pages)
        first = (number - 1) * self.size
        return Page(
            self, address, kept[first : first + self.size], len(every), len(kept), number, pages, asked, error, filters,
            column, descending,
        )  # fmt: skip

    def _order(self, asked: str) -> tuple[Column[Row], bool]:
        name, _, direction = asked.partition(',')
        sortable = {column.name: column for column in self.columns if column.key}
        if name in sortable:
            return sortable[name], {'asc': False, 'desc': True}.get(direction, sortable[name].descending)
        column = sortable.get(self.default) or next(iter(sortable.values()))
        return column, column.descending


def _number(string: str) -> int:
    return int(string) if string.isascii() and string.isdecimal() and len(string) < 10 else 1


@dataclass(frozen=True)
class Page[Row]:
    """The rows that an address asks for, and what leads to the others."""

    listing: Listing[Row]
    address: QueryParams
    rows: Sequence[Row]
    total: int
    """How many rows there are, and below how many of them match."""
    matching: int
    number: int
    """From 1 on."""
    pages: int
    search: str
    error: str
    """Why the search cannot be read, or empty."""
    filters: Mapping[str, Sequence[Choice]]
    column: Column[Row]
    descending: bool

    @property
    def summary(self) -> str:
        """How many rows there are and which of them the page has, in words."""
        noun = self.listing.noun + ('' if self.total == 1 else 's')
        counted = f'{self.total:,} {noun}'
        if self.matching < self.total:
            counted = f'{self.matching:,} of {counted}'
        if self.pages == 1:
            return counted
        first = (self.number - 1) * self.listing.size + 1
        return f'{first:,} to {first + len(self.rows) - 1:,} of {counted}'

    @property
    def heads(self) -> list[Head]:
        heads = []
        for column in self.listing.columns:
            current = column is self.column
            descending = not self.descending if current else column.descending
            link = self.link(sort=_sort(column, descending)) if column.key else ''
            direction = ('descending' if self.descending else 'ascending') if current else ''
            heads.append(Head(column.label, column.number, link, direction))
        return heads

    @property
    def orders(self) -> list[tuple[str, str, bool]]:
        """Return value, label, and whether it is the current one, of each order that the list offers."""
        orders = []
        for column in self.listing.columns:
            if column.key:
                current = column is self.column
                turned = current and self.descending != column.descending
                label = f'{column.label}, reversed' if turned else column.label
                orders.append((_sort(column, column.descending != turned), label, current))
        return orders

    def link(self, **changes: Any) -> str:
        """Return the address of the same list with other parameters, from its first page on."""
        prefix = self.listing.prefix
        changed = {prefix + name: str(value) for name, value in {'page': '', **changes}.items()}
        if 'q' in changes:
            changed[self.listing.search] = ''
        kept = [(name, value) for name, value in self.address.multi_items() if name not in changed]
        return '?' + urlencode([*kept, *((name, value) for name, value in changed.items() if value)])

    def others(self, *fields: str) -> list[tuple[str, str]]:
        """Return the parameters of the address that a form with this list's fields, and others, has to bring along."""
        own = {self.listing.prefix + name for name in ('q', 'sort', 'page', *self.filters)}
        return [pair for pair in self.address.multi_items() if pair[0] not in {*own, self.listing.search, *fields}]


def _sort(column: Column[Any], descending: bool) -> str:
    return f'{column.name},{"desc" if descending else "asc"}'
