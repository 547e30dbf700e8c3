"""What a search is asked of, and what a record can be grouped by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
        for _, value in self.leaves():
            yield value

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Yield the path of every attribute with its value, those in lists each by itself."""
        pending: list[tuple[str, Any]] = [('', self.attributes or {})]
        while pending:
            path, value = pending.pop()
            match value:
                case Mapping() as inner:
                    pending += [(f'{path}.{key}' if path else str(key), each) for key, each in inner.items()]
                case list() as inner:
                    pending += [(path, each) for each in inner]
                case str() | int() | float() as leaf:
                    yield path, leaf


def by_tag(tags: Iterable[Any]) -> dict[str, list[str]]:
    """Return the values of each key of tags, in lower case and each once; any other key has an empty list."""
    facets: dict[str, list[str]] = defaultdict(list)
    for tag in dict.fromkeys(str(tag).lower() for tag in tags):
        key, _, value = tag.partition(':')
        facets[key].append(value)
    return facets


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
