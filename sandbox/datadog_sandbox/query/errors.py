"""What is wrong with a query, in one line."""

LONGEST_SHOWN = 200


class QueryError(ValueError):
    """A query is wrong, or uses what is not supported. The message is one line, and says what is allowed."""


def shorten(string: str) -> str:
    """Return a string in one line of at most 200 characters."""
    string = ' '.join(string.split())
    return string if len(string) <= LONGEST_SHOWN else f'{string[: LONGEST_SHOWN - 1]}…'
