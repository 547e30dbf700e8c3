"""Markdown of a note or a description, as HTML that does nothing."""

from markdown_it import MarkdownIt
from markupsafe import Markup

_markdown = MarkdownIt('commonmark', {'html': False}).enable(['table', 'strikethrough'])
# Pictures would be fetched from elsewhere.
_markdown.disable('image')
_markdown.validateLink = lambda url: url.lower().startswith(('http://', 'https://'))  # type: ignore[method-assign]


def markdown(text: str) -> Markup:
    """Return Markdown as HTML: no HTML in it counts, no pictures, and links only to http and https."""
    return Markup(_markdown.render(text))
