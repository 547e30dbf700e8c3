"""The keys of an account are kept out of whatever is shown, in whichever form a server sent them back."""

import base64
import os
import re
from collections.abc import Iterator

NAMES = ('DD_API_KEY', 'DD_APP_KEY')
SHORTEST = 16
"""Characters. Datadog's keys have 32 and more; a short one, such as `sandbox`, is a word that others use too."""
PIECE = 12
"""Letters and digits of a key that are hidden when no more of it is there: a server may cut what it quotes."""
CHARACTER = re.compile(
    r'%([0-9a-f]{2})|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|&#x0*([0-9a-f]{1,6});|&#0*(\d{1,7});|[a-z0-9]', re.I
)
"""A letter or a digit, or a character that is escaped for an address, a page, JSON, or Python."""


def hide(text: str) -> str:
    """Return a string with each key of the environment, and each piece of one, replaced by the name of its variable."""
    keys = {name: key for name in NAMES if len(key := os.environ.get(name, '').strip()) >= SHORTEST}
    # Whole ones first: a piece may be the same in both.
    for name, key in keys.items():
        text = text.replace(key, f'<{name}>')
    for name, key in keys.items():
        text = _without(text, key, f'<{name}>')
    return text


def _without(text: str, key: str, name: str) -> str:
    pieces = {form[start : start + PIECE] for form in _forms(key) for start in range(len(form) - PIECE + 1)}
    characters = list(_characters(text))
    folded = ''.join(character for _, _, character in characters)
    masked, end, covered = '', 0, 0
    for start in range(len(folded) - PIECE + 1):
        if folded[start : start + PIECE] not in pieces:
            continue
        if start >= covered:
            masked += text[end : characters[start][0]] + name
        covered = start + PIECE
        end = characters[covered - 1][1]
    return masked + text[end:]


def _characters(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each letter and digit, in lower case, with its place in a string: what stands between them is skipped."""
    for match in CHARACTER.finditer(text):
        *hexadecimals, decimal = match.groups()
        code = next((int(it, 16) for it in hexadecimals if it), None) or (int(decimal) if decimal else None)
        character = match[0] if code is None else chr(min(code, 0x10FFFF))
        if character.isascii() and character.isalnum():
            yield match.start(), match.end(), character.lower()


def _forms(key: str) -> Iterator[str]:
    """Yield the letters and digits of a key as it is, and as its bytes may be written."""
    data = key.encode()
    texts = [key, data.hex(), ''.join(map(str, data))]
    # In base64, three bytes are four characters: how many bytes stand before a key decides which it has. The first one
    # is of such a byte, too.
    texts += [base64.b64encode(bytes(before) + data).decode()[-(-8 * before // 6) :] for before in range(3)]
    for text in texts:
        yield ''.join(character for character in text.lower() if character.isascii() and character.isalnum())
