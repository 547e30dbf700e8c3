"""Markdown as mails show it: HTML in it is shown as it is written."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Where the graph and the links of a mail go; what others write cannot hold them, as its HTML is escaped.
GRAPH, LINKS = '<!--graph-->', '<!--links-->'
# Where the value of a variable goes: characters of the private use area, which mean nothing in Markdown. In the address
# of a link or picture the renderer writes them in percent.
HOLE = re.compile('\ue000(\\d{1,9})\ue001|%EE%80%80(\\d{1,9})%EE%80%81')


@cache
def _parser() -> 'MarkdownIt':
    from markdown_it import MarkdownIt

    return MarkdownIt('commonmark', {'html': False, 'breaks': True}).enable('table')


@lru_cache(maxsize=256)
def markdown(text: str) -> str:
    """Return Markdown as HTML; HTML in the text is shown as it is written."""
    return str(_parser().render(text))


class Holes:
    """Values that are put into HTML after the Markdown around them was rendered, so nothing in them is Markdown."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def mark(self, value: str) -> str:
        """Return what stands for a value in the Markdown."""
        self.values.append(value)
        return f'\ue000{len(self.values) - 1}\ue001'

    def fill(self, html: str) -> str:
        """Put the values in: as strings, or as a part of an address."""
        return HOLE.sub(self._value, html)

    def _value(self, match: re.Match[str]) -> str:
        place = int(match[1] or match[2])
        if place >= len(self.values):
            return ''
        return escape(self.values[place]) if match[1] else quote(self.values[place])


def without_holes(template: str) -> str:
    """Return a template without the characters that mark a hole."""
    return template.replace('\ue000', '').replace('\ue001', '')


def page(heading: str, color: str, body: str, facts: Sequence[tuple[str, str]]) -> str:
    """Return the HTML of a mail: a heading, its body, which is HTML, and facts below it."""
    rows = ''.join(
        f'<tr><td>{escape(name)}&nbsp;</td><td style="overflow-wrap: anywhere">{escape(value)}</td></tr>'
        for name, value in facts
    )
    return (
        '<!DOCTYPE html><html><body style="font-family: sans-serif">'
        f'<h2 style="color: {color}">{escape(heading)}</h2>{body}{GRAPH}'
        f'<table style="color: #616161; font-size: smaller">{rows}</table>{LINKS}</body></html>'
    )
