"""Bars of time: where each part of one stands."""


def place(begin: float, end: float, whole: float) -> dict[str, float]:
    """Return where a part of a bar begins and how wide it is, in percent."""
    return {'left': round(100 * begin / whole, 3), 'width': round(100 * (end - begin) / whole, 3)}
