"""The text of others on a terminal."""


def clean(text: str) -> str:
    """Return a string without what a terminal would obey."""
    return ''.join(character if character.isprintable() else '\N{REPLACEMENT CHARACTER}' for character in text)
