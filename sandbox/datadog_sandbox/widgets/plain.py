"""Markdown as plain lines: what a picture shows of a note."""

import re

MARKS = (
    (re.compile(r'^ {0,3}#{1,6}\s+', re.MULTILINE), ''),
    (re.compile(r'^(\s*)[-*+]\s+', re.MULTILINE), r'\1• '),
    # A link, a picture, and a picture that is a link, by their words.
    (re.compile(r'!?\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)'), r'\1'),
    (re.compile(r'!?\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)'), r'\1'),
    (re.compile(r'\*\*|__|`+|%%%'), ''),
    (re.compile(r'\n[ \t]*\n(?=[ \t]*•)'), '\n'),
)


def plain(text: str) -> str:
    """Return Markdown without its marks. This is approximated."""
    for mark, replacement in MARKS:
        text = mark.sub(replacement, text)
    return text.strip()
