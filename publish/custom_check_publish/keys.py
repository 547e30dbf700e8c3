"""The keys of an account are kept out of whatever is shown, in whichever form a server sent them back."""

import base64
import html
import json
import os
import string
from urllib.parse import quote

NAMES = ('DD_API_KEY', 'DD_APP_KEY')
SHORTEST = 16
"""Characters. Datadog's keys have 32 and more; a short one, such as `sandbox`, is a word that others use too."""
PIECE = 12
"""Characters of a key that are hidden when no more of it is there: a server may cut what it quotes."""
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def hide(text: str) -> str:
    """Return a text with each key of the environment, and each piece of one, replaced by the name of its variable."""
    keys = {name: key for name in NAMES if len(key := os.environ.get(name, '').strip()) >= SHORTEST}
    # Whole ones first: a piece may be the same in both.
    for name, key in keys.items():
        text = text.replace(key, f'<{name}>')
    for name, key in keys.items():
        text = _without(text, key, f'<{name}>')
    return text


def _without(text: str, key: str, name: str) -> str:
    pieces = {form[start : start + PIECE] for form in _forms(key) for start in range(len(form) - PIECE + 1)}
    # Of the same length, as that of some languages' letters is not.
    lowered = text.translate(LOWER)
    shown, end = [], 0
    for start in range(len(text)):
        if lowered[start : start + PIECE] not in pieces:
            if start >= end:
                shown.append(text[start])
            continue
        if start >= end:
            shown.append(name)
        end = start + PIECE
    return ''.join(shown)


def _forms(key: str) -> set[str]:
    """Return how a key may be written, in lower case: as it is, or encoded for an address, a page, or a header."""
    encoded = [quote(key, safe=''), html.escape(key), json.dumps(key)[1:-1], base64.b64encode(key.encode()).decode()]
    return {form.translate(LOWER) for form in [key, *encoded]}
