"""A definition becomes a widget, and nothing that it holds makes that fail."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from datadog_sandbox.query import QueryError, fill_in, queried
from datadog_sandbox.store import Store
from datadog_sandbox.times import HOUR

from .model import Context, Empty, Widget
from .registry import TYPES
from .variables import fill_in_words, named


def evaluate(
    store: Store, definition: Mapping[str, Any], variables: Mapping[str, Sequence[str]], start: int, end: int
) -> Widget:
    """Evaluate a widget for the range [start, end). Raises nothing: what is wrong is its message."""
    type_ = str(definition.get('type'))
    title = fill_in_words(str(definition.get('title') or ''), variables)
    context = Context(store, variables, start, end)
    content = TYPES.get(type_)
    message, failed = f'The sandbox does not draw widgets of the type {type_}', True
    try:
        if content:
            return Widget(type_, title, start, end, content.evaluate(definition, context))
    except QueryError as error:
        message = str(error)
    except Empty as error:
        message, failed = str(error), False
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        message = f'This {type_} is not defined as Datadog does it: {type(error).__name__} {error}'
    return Widget(type_, title, start, end, message=message, failed=failed)


def refusal(definition: Mapping[str, Any]) -> str | None:
    """Return why a widget is not drawn whatever data there is; None where it is. Widgets of a group count apart."""
    variables = {name: ['*'] for name in named(definition)}
    widget = evaluate(_nothing(), definition, variables, 0, HOUR)
    return widget.message if widget.failed else None


@cache
def _nothing() -> Store:
    """Return an account without data: what fails there fails with any."""
    return Store()


def metrics(definition: Any) -> set[str]:
    """Return the metrics of all queries in a definition, those of a group's widgets too."""
    variables = {name: ['*'] for name in named(definition)}
    return {metric for query in _queries(definition) for metric in _metrics_of(query, variables)}


def _queries(definition: Any) -> Iterator[str]:
    """Yield what may be metric queries, however deep."""
    for key, part in definition.items() if isinstance(definition, dict) else ():
        if key in ('q', 'query') and isinstance(part, str):
            yield part
        else:
            yield from _queries(part)
    for part in definition if isinstance(definition, list) else ():
        yield from _queries(part)


def _metrics_of(query: str, variables: Mapping[str, Sequence[str]]) -> set[str]:
    try:
        return {found.metric for found in queried(fill_in(query, variables))}
    except QueryError:
        # It is a search, or the widget says what is wrong with it.
        return set()
