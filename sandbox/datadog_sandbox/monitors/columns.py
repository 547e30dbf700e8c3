"""Where a string is wrong, for the messages of parsers."""

from lark import UnexpectedInput, UnexpectedToken


def column(string: str, error: UnexpectedInput) -> int:
    """Return the column at which a string is wrong, counted from 1; that behind its end where something is missing."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == '$END'
    return len(string) + 1 if ended or error.pos_in_stream is None else error.pos_in_stream + 1
