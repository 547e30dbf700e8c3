"""When runs are due, on a clock that tests move, and the real clock's own promises."""

import threading
import time

import pytest
from tools.scheduler import Clock, Run, schedule


class ManualClock(Clock):
    """A clock whose time passes only in waits, and where a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def wait_until(self, moment: float) -> bool:
        self.time = max(self.time, moment)
        return not self.is_stopped


def test_all_run_at_once_and_then_each_at_its_own_interval() -> None:
    clock = ManualClock()
    runs = [(clock.time - 1000, *run) for run in schedule([6, 2], clock, times=3)]

    assert runs == [
        (0, 0, 1006),
        (0, 1, 1002),
        (2, 1, 1004),
        (4, 1, None),
        (6, 0, 1012),
        (12, 0, None),
    ]


def test_a_late_run_moves_the_later_ones_and_none_is_made_up_for() -> None:
    clock, moments = ManualClock(), []
    for run in schedule([10], clock, times=4):
        moments.append((clock.time - 1000, run.next_at))
        if len(moments) == 1:
            clock.time += 35

    assert moments == [(0, 1010), (35, 1045), (45, 1055), (55, None)]


def test_without_a_number_of_times_it_runs_until_it_is_stopped() -> None:
    clock, count = ManualClock(), 0
    for run in schedule([1], clock):
        assert run == Run(0, clock.time + 1)
        count += 1
        if count == 1000:
            clock.stop()

    assert count == 1000


def test_the_clock_shows_the_real_time() -> None:
    assert Clock().now() == pytest.approx(time.time(), abs=1)


def test_a_clock_at_speed_60_waits_half_a_minute_in_half_a_second() -> None:
    clock = Clock(speed=60)
    before, start = time.monotonic(), clock.now()

    assert clock.wait_until(start + 30) is True
    assert 0.4 < time.monotonic() - before < 5
    assert clock.now() - start >= 30


def test_stop_ends_a_wait_of_years() -> None:
    clock = Clock()
    threading.Timer(0.1, clock.stop).start()
    before = time.monotonic()

    assert clock.wait_until(clock.now() + 1e12) is False
    assert time.monotonic() - before < 5
    assert clock.wait_until(clock.now()) is False
