"""A definition becomes a widget, and nothing that it holds makes that fail."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store
from datadog_sandbox.times import DAY, HOUR

from .links import links
from .model import Context, Empty, Widget
from .notes import notes
from .registry import TYPES
from .sources import why_not_drawn
from .timespans import own_range
from .variables import fill_in_words, names_in

SOME_TIME = 20_000 * DAY
FAULTS = LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError
"""What a definition or values that nobody thought of may raise."""


def evaluate(
    store: Store,
    definition: Mapping[str, Any],
    variables: Mapping[str, Sequence[str]],
    start: int,
    end: int,
    now: int | None = None,
) -> Widget:
    """Evaluate a widget for the range [start, end). Raises nothing: what is wrong is its message.

    A widget with a time of its own has that one, which ends `now`, or else with the range.
    """
    type_ = str(definition.get('type'))
    title = fill_in_words(str(definition.get('title') or ''), variables)
    content = TYPES.get(type_)
    message, failed, words = why_not_drawn(type_), True, ''
    try:
        if own := own_range(definition.get('time') or {}, end if now is None else now):
            start, end, words = own
        context = Context(store, variables, start, end)
        if content:
            drawn = content.evaluate(definition, context)
            remarks = (*drawn.remarks(), *notes(definition, variables))
            return Widget(
                type_, title, start, end, drawn, own_range=words, links=links(definition, context), remarks=remarks
            )
    except QueryError as error:
        message = str(error)
    except Empty as error:
        message, failed = str(error), False
    except FAULTS as error:
        message = f'This {type_} is not valid: {type(error).__name__} {error}'
    return Widget(type_, title, start, end, message=message, failed=failed, own_range=words)


def refusal(definition: Mapping[str, Any]) -> str | None:
    """Return why a widget is not drawn whatever data there is; None where it is. Widgets of a group count apart."""
    variables = {name: ['*'] for name in names_in(definition)}
    widget = evaluate(_nothing(), definition, variables, SOME_TIME, SOME_TIME + HOUR)
    return widget.message if widget.failed else None


@cache
def _nothing() -> Store:
    """Return an account without data: what fails there fails with any."""
    return Store()
