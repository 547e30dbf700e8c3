"""The recipients that a string mentions."""

import re

# `@` and an address, not within a word or another address.
MENTION = re.compile(r'(?<![\w.@+-])@([\w.+-]+@[\w-]+(?:\.[\w-]+)*)', re.ASCII)

# A mention of an address, or of a handle such as `@slack-ops`.
HANDLE = re.compile(r'(?<![\w.@+-])@[\w.+-]+(?:@[\w-]+(?:\.[\w-]+)*)?', re.ASCII)


def mentions(text: str) -> list[str]:
    """Return the addresses that a string mentions, each once, in order."""
    return list(dict.fromkeys(MENTION.findall(text)))


def handles(text: str) -> list[str]:
    """Return the addresses and other handles that a string mentions, without their `@`, each once, in order."""
    return list(dict.fromkeys(handle[1:] for handle in HANDLE.findall(text)))


def without_handles(text: str) -> str:
    """Return a string without the handles in it."""
    return HANDLE.sub('', text)
