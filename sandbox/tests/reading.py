"""A page as a reader sees it."""

from html.parser import HTMLParser

from starlette.testclient import TestClient


class Text(HTMLParser):
    """Collects the text of a page as a reader sees it, and its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ''
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._hidden = tag == 'script'
        # The picture of a strip says again what stands beside it.
        self._hidden = self._hidden or tag == 'title' and 'rect' in [name for name, _ in self.elements[-2:-1]]
        if tag not in ('a', 'b', 'bdi', 'code', 'strong', 'time'):
            self.text += ' '

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def read(client: TestClient, path: str, status: int = 200) -> Text:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    page = Text()
    page.feed(answer.text)
    page.text = ' '.join(page.text.split())
    return page
