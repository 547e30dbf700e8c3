"""The column of a syntax error, for messages."""

from lark import UnexpectedInput, UnexpectedToken


def column(string: str, error: UnexpectedInput) -> int:
    """Return the column of an error, counted from 1; the one after the last if the string ends too early."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == '$END'
    return len(string) + 1 if ended or error.pos_in_stream is None else error.pos_in_stream + 1
