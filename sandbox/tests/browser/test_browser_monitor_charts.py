"""The charts of monitors that are not of metrics, in a browser."""

from typing import Any

import pytest
import specimen
from browsing import Open
from conftest import NOW
from datadog_sandbox import monitors
from datadog_sandbox.store import ServiceCheck, Store

pytestmark = pytest.mark.browser

WIDTHS = 390, 1440
QUERIES = {
    'log alert': 'logs("*").index("*").rollup("count").last("5m") > 3',
    'service check': '"up".over("*").by("host").last(2).count_by_status()',
    'composite': '2',
}


@pytest.fixture(params=QUERIES)
def type_(request: Any, account: Store) -> str:
    """The type of monitor 3. Monitor 2 is a service check, whose host names are long."""
    for host, status in (('w-1', 0), (f'w-{"long-" * 20}2', 2)):
        account.add_service_checks(ServiceCheck('up', host, (), status, NOW - time, '') for time in range(0, 3000, 60))
    for id_, kind in ((1, ''), (2, 'service check'), (3, request.param)):
        known = {'type': kind, 'query': QUERIES[kind]} if kind else {}
        monitor = specimen.MONITOR | {'id': id_, 'name': f'Monitor {id_}', 'options': {'new_group_delay': 0}, **known}
        account.save('monitor', id_, monitor)
        monitors.evaluate(account, monitor, range(NOW - 1000, NOW, 60))
    return str(request.param)


def test_the_chart_of_a_monitor_is_drawn_and_fits(open_page: Open, type_: str) -> None:
    from test_axe import violations

    page = open_page('/monitors/3', reduced_motion='reduce')
    for scheme in ('light', 'dark'):
        for width in WIDTHS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({'width': width, 'height': 900})
            assert page.evaluate('document.documentElement.scrollWidth <= innerWidth'), (scheme, width)
            assert violations(page) == [], (scheme, width)
    marks = page.locator('[data-chart] svg.marks')
    words = marks.text_content()
    expected = {'log alert': 'alert > 3', 'service check': 'CRITICAL', 'composite': '2 host:w-1 Monitor 2'}
    assert expected[type_] in words
    if type_ == 'service check':
        page.locator('[data-chart] .mark-rect path').last.hover()
        assert 'CRITICAL' in page.locator('#vg-tooltip-element').inner_text()
