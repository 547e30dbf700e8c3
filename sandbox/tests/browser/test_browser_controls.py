"""Controls on all pages: none is cut off on a narrow screen, and each shows that it has the focus."""

from typing import Any

import pytest
from browsing import BOARD, PATHS, Open

pytestmark = pytest.mark.browser

CLIPPED = """() => {
  const cut = []
  const context = document.createElement('canvas').getContext('2d')
  const room = (one, style) => one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
  for (const one of document.querySelectorAll('select, input, button, summary, label')) {
    const style = getComputedStyle(one)
    if (!one.clientWidth || !one.clientHeight || one.closest('.hidden')) continue
    if (one.nodeName === 'SELECT') {
      // A value that somebody sent may be of any length.
      for (const option of [...one.options].filter(({ text }) => text.length <= 24)) {
        option.selected = true
        const alone = one.cloneNode(false)
        alone.append(option.cloneNode(true))
        Object.assign(alone.style, { width: 'auto', minWidth: 0, maxWidth: 'none', position: 'absolute' })
        one.parentNode.append(alone)
        if (alone.offsetWidth > one.offsetWidth + 1) cut.push(`${one.id}: ${option.text}`)
        alone.remove()
      }
    } else if (one.placeholder) {
      context.font = style.font
      if (context.measureText(one.placeholder).width > room(one, style)) cut.push(`${one.id}: ${one.placeholder}`)
    } else if (one.nodeName !== 'INPUT' && one.scrollWidth > one.clientWidth + 1) {
      cut.push(one.textContent)
    }
  }
  return cut
}"""
STILL = '() => { window.fetch = () => new Promise(() => {}) }'
FOCUS = """() => {
  const one = document.activeElement
  const { x, y, width, height } = one.getBoundingClientRect()
  const name = one === document.body ? '' : `${one.nodeName} ${one.id} ${one.textContent.trim().slice(0, 40)}`
  return { name, kind: `${one.nodeName} ${one.className}`, x, y, width, height }
}"""
WITHOUT = ':focus, :focus-visible, .focused { outline: none !important }'


@pytest.mark.parametrize('path', [*PATHS, BOARD])
def test_no_control_is_cut_off_on_a_narrow_screen(open_page: Open, path: str) -> None:
    assert open_page(path, 390, bypass_csp=True).evaluate(CLIPPED) == []


@pytest.mark.parametrize('path', ['/mail/1', '/monitors/1', '/metric/explorer', BOARD])
def test_whatever_has_the_focus_shows_it(open_page: Open, path: str) -> None:
    page = open_page(path, bypass_csp=True)
    page.evaluate(STILL)
    kinds: set[str] = set()
    for _ in range(150):
        page.keyboard.press('Tab')
        focus = page.evaluate(FOCUS)
        if not focus['name']:
            # The end of the page.
            break
        # One of each kind is looked at.
        if focus['kind'] not in kinds:
            kinds.add(focus['kind'])
            assert _shown(page, focus), focus
    assert 'A ' in kinds
    assert ('IFRAME message' in {kind.removesuffix(' focused') for kind in kinds}) == (path == '/mail/1')


def _shown(page: Any, focus: dict[str, Any]) -> bool:
    """Return whether the screen around an element differs with and without the outline of the focus."""
    x, y = max(0, focus['x'] - 6), max(0, focus['y'] - 6)
    size = {'width': min(1440 - x, focus['width'] + 12), 'height': min(900 - y, focus['height'] + 12)}
    before = page.screenshot(clip={'x': x, 'y': y, **size})
    page.add_style_tag(content=WITHOUT)
    after = page.screenshot(clip={'x': x, 'y': y, **size})
    page.evaluate('document.head.lastElementChild.remove()')
    return bool(before != after)
