"""Numbers as pages, explanations, and charts write them."""


def numeral(value: float) -> str:
    """Return a number in full: a whole one as it is, any other with up to 10 significant digits."""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else f'{value:.10g}'
