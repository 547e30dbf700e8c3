"""What a run looks like at 80 columns."""

import io
from pathlib import Path

import pytest
from tools.collector import Point
from tools.configuration import load
from tools.scheduler import Clock
from tools.terminal import Header, PipeConsole, Terminal

TIME = 8
"""Characters of a time, which depends on the zone."""


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    path = tmp_path / 'conf.yaml'
    path.write_text('instances:\n- {tags: ["device:a"], min_collection_interval: 45}\n')
    terminal = Terminal(load(path).instances, [45], Clock())
    terminal.console = PipeConsole(
        file=io.StringIO(), force_terminal=True, color_system=None, width=80, highlight=False, markup=False
    )
    return terminal


def lines(terminal: Terminal) -> list[str]:
    file = terminal.console.file
    assert isinstance(file, io.StringIO)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def point(metric: str, tags: list[str], value: float = 7) -> Point:
    return Point(metric=metric, points=[(1, value)], type='gauge', tags=tags, host='web-1')


def test_a_point_that_fits_is_one_line(terminal: Terminal) -> None:
    terminal.point(0, 0, 45, point('my_metric', ['device:a']), ['my_metric_threshold OK'])
    [line] = lines(terminal)
    assert line[TIME:] == '  my_metric      7  device:a; my_metric_threshold OK  next in 45 s'


def test_no_word_of_a_long_point_is_broken(terminal: Terminal) -> None:
    tags = ['sortdb_endpoint:localhost', 'availability-zone:eu-central-1']
    terminal.point(0, 0, 45, point('sortdb.stats.total_get_requests', tags), ['sortdb_is_slow Alert'])
    first, *rest = lines(terminal)
    assert first[TIME:] == '  sortdb.stats.total_get_requests      7  next in 45 s'
    assert rest == [
        '          sortdb_endpoint:localhost, availability-zone:eu-central-1;',
        '          sortdb_is_slow Alert',
    ]


def test_the_summary_is_of_all_values(terminal: Terminal) -> None:
    for value in (4, 9, 5):
        terminal.point(0, 0, 45, point('my_metric', [], value), [])
    terminal.summary()
    assert lines(terminal)[-1] == 'Stopped after 3 points: minimum 4, mean 6.0, maximum 9.'


def test_the_time_to_the_next_value_is_the_interval_however_late_it_is_shown(terminal: Terminal) -> None:
    terminal.point(0, 0.8, 45, point('my_metric', []), [])
    assert lines(terminal)[0].endswith('next in 45 s')


def test_the_address_stays_in_sight(terminal: Terminal) -> None:
    terminal.start(Header('custom_check 1.0.0', ' on web-1', [('stop', 'Ctrl-C')]), 'http://127.0.0.1:4500/dashboard/x')
    now = terminal._clock.now()
    terminal.point(0, now, now + 45, point('my_metric', []), [])
    assert terminal._sign_of_life().plain[TIME:] == '  waiting 45 s  http://127.0.0.1:4500/dashboard/x'
    assert lines(terminal)[:4] == [
        'Open http://127.0.0.1:4500/dashboard/x',
        '',
        'custom_check 1.0.0 on web-1',
        'stop      Ctrl-C',
    ]
