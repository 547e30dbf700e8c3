"""Whom a string mentions. `sandbox/tests/mentions.json` has what is asked of this and of the sandbox alike."""

import re

# `@` and a name or an address, not inside a word or another address.
HANDLE = re.compile(r'(?<![\w.@+-])@((?:[\w+-]|\.(?=[\w+-]))+(?:@[\w-]+(?:\.[\w-]+)*)?)', re.ASCII)


def handles(text: str) -> list[str]:
    """Return the handles in a string, such as `slack-ops` and `ops@example.com`, each once, in their order."""
    return list(dict.fromkeys(HANDLE.findall(text)))


def addresses(text: str) -> list[str]:
    """Return the handles that are addresses: those that get a mail."""
    return [handle for handle in handles(text) if '@' in handle]
