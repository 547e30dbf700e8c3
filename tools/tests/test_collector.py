"""The points of one run, as an Agent sends them."""

from pathlib import Path

import pytest
from tools.collector import RunError, collect
from tools.configuration import Instance, load

from datadog_checks.custom_check import CustomCheck


def read(tmp_path: Path, options: str, init_config: str = '{}') -> Instance:
    path = tmp_path / 'conf.yaml'
    path.write_text(f'init_config: {init_config}\ninstances: [{{minimum: 7, maximum: 7, {options}}}]')
    [instance] = load(path).instances
    return instance


@pytest.mark.parametrize(
    ('options', 'init_config', 'expected'),
    [
        ('', '{}', {'tags': [], 'host': 'here'}),
        # The generic tags, which the test stub refuses and an Agent takes.
        (
            'tags: [env:prod, "service:a", "version:2", host:other, cluster:c]',
            '{}',
            {'tags': ['env:prod', 'service:a', 'version:2', 'host:other', 'cluster:c'], 'host': 'here'},
        ),
        ('tags: [device:a, x:y]', '{}', {'tags': ['x:y'], 'device': 'a', 'host': 'here'}),
        ('tags: [device:a, device:b, devices:c]', '{}', {'tags': ['devices:c'], 'device': 'b', 'host': 'here'}),
        ('tags: [x, x, y, x]', '{}', {'tags': ['x', 'y'], 'host': 'here'}),
        ('service: own, tags: [x]', '{service: shared}', {'tags': ['x', 'service:own'], 'host': 'here'}),
        ('', '{service: shared}', {'tags': ['service:shared'], 'host': 'here'}),
        ('empty_default_hostname: true', '{}', {'tags': [], 'host': ''}),
    ],
)
def test_a_point_has_what_an_agent_gives_it(
    options: str, init_config: str, expected: dict[str, object], tmp_path: Path
) -> None:
    [point] = collect(read(tmp_path, options, init_config), 'here', at=1700000000.9)

    assert point == {'metric': 'my_metric', 'points': [(1700000000, 7)], 'type': 'gauge', **expected}
    assert type(point['points'][0][1]) is int


def test_a_metric_that_is_excluded_is_not_sent(tmp_path: Path) -> None:
    assert collect(read(tmp_path, 'metric_patterns: {exclude: [my_metric]}'), 'here', at=0) == []


def test_a_run_that_fails_says_why_on_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(self: CustomCheck, _: object) -> None:
        self.gauge('my_metric', 1)
        raise OSError(f'first\nsecond\x1b[31m {"x" * 500}')

    monkeypatch.setattr(CustomCheck, 'check', check)
    with pytest.raises(RunError) as error:
        collect(read(tmp_path, ''), 'here', at=0)

    assert str(error.value).startswith('first\\nsecond\\x1b[31m xxx')
    assert len(str(error.value)) < 220

    monkeypatch.undo()
    assert len(collect(read(tmp_path, ''), 'here', at=0)) == 1, 'what a failed run submitted is dropped'
