"""Markdown of a note or a description, as HTML that does nothing."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

LINK = re.compile('https?://|/(?!/)', re.IGNORECASE)
LOWEST = 6
"""Level of the lowest heading of HTML."""


def _headings(state: StateCore) -> None:
    """Give headings the levels that follow those of the page, without a gap, and drop those that are empty."""
    openings = [place for place, token in enumerate(state.tokens) if token.type == 'heading_open']
    tags = sorted({state.tokens[place].tag for place in openings})
    first = state.env.get('level', 1)
    last, empty = first - 1, set()
    for place in openings:
        opening, words, closing = state.tokens[place : place + 3]
        if not any(child.content.strip() for child in words.children or ()):
            empty |= {place, place + 1, place + 2}
            continue
        last = min(first + tags.index(opening.tag), last + 1, LOWEST)
        opening.tag = closing.tag = f'h{last}'
    state.tokens = [token for place, token in enumerate(state.tokens) if place not in empty]


def _described(picture: Token) -> str:
    return picture.content or str(picture.attrGet('src'))


_markdown = MarkdownIt('commonmark', {'html': False}).enable(['table', 'strikethrough'])
_markdown.validateLink = lambda url: bool(LINK.match(url))  # type: ignore[method-assign]
_markdown.core.ruler.push('headings', _headings)
# A picture would be fetched from elsewhere: its description stands for it.
_markdown.add_render_rule('image', lambda _, tokens, place, *rest: f'<i>{escape(_described(tokens[place]))}</i>')


def markdown(text: str, level: int = 1) -> Markup:
    """Return Markdown as HTML: no HTML in it counts, no pictures, and links only to http, https, and this server.

    Its highest headings have a level, from 1 to 6.
    """
    return Markup(_markdown.render(text, {'level': level}))
