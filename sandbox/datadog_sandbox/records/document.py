"""What a search is asked of, and what a record can be grouped by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Document(NamedTuple):
    """A record as a search sees it."""

    facets: Mapping[str, Sequence[str]]
    """The values of each key: tags, and what the record itself has, in lower case."""
    text: str
    """What words without a key are looked for in, whatever their case."""
    attributes: Mapping[str, Any] | None = None
    """Nested, as they were sent, for `@key`; None where the facets are all there is."""

    def values(self, key: str) -> Sequence[Any]:
        """Return the values of `@attribute.path`, or of a tag or another facet: strings, numbers, and booleans."""
        if key.startswith('@') and self.attributes is not None:
            return [*_at(self.attributes, key[1:])]
        return self.facets.get(key.removeprefix('@').lower(), ())

    def everything(self) -> Iterator[Any]:
        """Yield the text, and every value of an attribute."""
        yield self.text
        yield from _leaves(self.attributes or {})


def _at(attributes: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Yield what lies at a path, whose keys may have dots themselves; in a list, what lies there in each element."""
    if path in attributes:
        yield from _scalars(attributes[path])
    place = path.find('.')
    while place >= 0:
        inner = attributes.get(path[:place])
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, Mapping):
                yield from _at(each, path[place + 1 :])
        place = path.find('.', place + 1)


def _scalars(value: Any) -> Iterator[Any]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str | int | float):
            yield each


def _leaves(value: Any) -> Iterator[Any]:
    pending = [value]
    while pending:
        match pending.pop():
            case Mapping() as inner:
                pending += inner.values()
            case list() as inner:
                pending += inner
            case str() | int() | float() as leaf:
                yield leaf
