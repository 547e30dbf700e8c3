"""What the panel makes of the instances, and what it says will happen."""

from pathlib import Path

import pytest
from tools.collector import collect
from tools.configuration import load
from tools.rehearsal import Rehearsal

# Wednesday 25 November 2026, 12:00 UTC.
NOON = 1_795_608_000


class Clock:
    """A clock that stands still until a test sets it."""

    speed = 1

    def __init__(self) -> None:
        self.moment = float(NOON)

    def now(self) -> float:
        return self.moment


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    path = tmp_path / 'conf.yaml'
    path.write_text('instances:\n- tags: [device:a]\n  min_collection_interval: 45\n- min_collection_interval: 20\n')
    return Rehearsal(load(path).instances, Clock())  # type: ignore[arg-type]


def values(rehearsal: Rehearsal) -> list[int]:
    return [point['points'][0][1] for one in rehearsal.instances for point in collect(one, 'a', NOON)]


@pytest.mark.parametrize('value', ['900', '600', '-5', ' 7 '])
def test_a_value_is_held_by_every_instance_and_nothing_else_changes(rehearsal: Rehearsal, value: str) -> None:
    rehearsal.choose(value)

    assert values(rehearsal) == [int(value)] * 2
    first, second = rehearsal.instances
    assert (first.interval, second.interval) == (45, 20)
    assert [point['device'] for point in collect(first, 'a', NOON)] == ['a']


def test_silence_leaves_no_instance_and_random_brings_all_back(rehearsal: Rehearsal) -> None:
    before = rehearsal.instances
    rehearsal.choose('silent')
    assert rehearsal.instances == []
    assert rehearsal.status == ('Silent since 12:00 UTC: no data 10 minutes after the last value, at about 12:10 UTC.')

    rehearsal.choose('random')
    assert rehearsal.instances == before


@pytest.mark.parametrize('value', ['', 'abc', '1.5', '9' * 30, '1e3'])
def test_a_value_that_the_check_refuses_changes_nothing(rehearsal: Rehearsal, value: str) -> None:
    rehearsal.choose('600')
    with pytest.raises(ValueError, match=r'^Hold at .* is not possible: write an integer from -9007199254740992 to'):
        rehearsal.choose(value)
    assert (rehearsal.value, values(rehearsal)) == ('600', [600, 600])


@pytest.mark.parametrize(
    ('value', 'status'),
    [
        # The average of 5 minutes was 300. Of 300 s, 250 s at 900 make 800, and an evaluation follows within a minute.
        ('900', 'The 5-minute average passes 800 (alert) at about 12:05 UTC.'),
        # 200 s at 600 make 500.
        ('600', 'The 5-minute average passes 500 (warning) at about 12:04 UTC.'),
        ('100', 'OK when the 5-minute average is at most 500.'),
    ],
)
def test_what_will_happen_is_said_with_its_time(rehearsal: Rehearsal, value: str, status: str) -> None:
    rehearsal.submitted(NOON - 400, 1000)
    for at in (NOON - 200, NOON - 100):
        rehearsal.submitted(at, 300)
    rehearsal.choose(value)

    assert rehearsal.status == f'Held at {value} since 12:00 UTC. {status}'


def test_a_run_begins_as_ok_for_two_minutes_unless_something_else_is_chosen(rehearsal: Rehearsal) -> None:
    clock = Clock()
    configured = rehearsal.instances
    beginning = Rehearsal(configured, clock, begins_ok=True)  # type: ignore[arg-type]
    status = 'Held at 100 until 12:02 UTC: the threshold monitor begins as OK. Random values follow.'
    assert (beginning.value, values(beginning), beginning.status) == ('100', [100, 100], status)
    clock.moment += 119.9
    assert (beginning.value, values(beginning), beginning.status) == ('100', [100, 100], status)
    clock.moment += 0.1
    assert (beginning.value, beginning.instances) == ('random', configured)
    assert beginning.status.startswith('Random values, as configured.')

    beginning = Rehearsal(configured, clock, begins_ok=True)  # type: ignore[arg-type]
    beginning.choose('100')
    clock.moment += 120
    assert (beginning.value, values(beginning)) == ('100', [100, 100])


def test_two_minutes_are_those_of_a_person_however_fast_the_clock_is(rehearsal: Rehearsal) -> None:
    clock = Clock()
    clock.speed = 60
    beginning = Rehearsal(rehearsal.instances, clock, begins_ok=True)  # type: ignore[arg-type]
    clock.moment += 7199
    assert beginning.value == '100'
    clock.moment += 1
    assert beginning.value == 'random'
