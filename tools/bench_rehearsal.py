"""The pairs of `make bench` that compare `datadog-sandbox rehearse` with `promtool test rules`, as whole processes."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tools.bench_sandbox import Pair, Work

PROMTOOL = 'promtool'
"""A part of Prometheus, and of the distribution's package `prometheus`."""
FILES = 200
MONITOR = """
monitors:
  - name: load
    type: query alert
    query: 'avg(last_5m):avg:load{*} by {host} > 10'
    message: '{{host.name}} is busy @team@example.com'
    options: {thresholds: {critical: 10}}
"""
WEEK = """
tests:
  - name: week
    start: 2026-11-16T00:00
    duration: 7d
    interval: 45s
    input_series:
      - {series: 'load{host:h{1..10}}', values: 5x11519 50x79 5x1840}
    monitor_test: [{eval_time: 6d30m, exp_groups: {'host:h*': Alert}}]
"""
HOURS = """
tests:
  - name: an hour
    start: 2026-11-16T00:00
    duration: 3h
    interval: 1m
    input_series:
      - {series: 'load{host:h{1..3}}', values: 5x59 50x59 5x60}
    monitor_test:
      - {eval_time: 30m, exp_groups: {'host:h*': OK}}
      - {eval_time: 90m, exp_groups: {'host:h*': Alert}}
      - {eval_time: 170m, exp_groups: {'host:h*': OK}}
"""
RULES = """
groups:
  - name: load
    interval: 1m
    rules: [{alert: Load, expr: 'avg by (host) (avg_over_time(load[5m])) > 10'}]
"""
THEIR_TESTS = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: %s
    input_series:
%s
    alert_rule_test:
%s
"""


def test_of_promtool(interval: str, hosts: int, values: str, expected: list[tuple[str, bool]]) -> str:
    """Return a file of tests; each time comes with whether all hosts alert then."""
    names = [f'h{number}' for number in range(1, hosts + 1)]
    series = [f"      - {{series: 'load{{host=\"{name}\"}}', values: {values}}}" for name in names]
    alerts = ', '.join(f'{{exp_labels: {{host: {name}}}}}' for name in names)
    tests = [
        f'      - {{eval_time: {time}, alertname: Load, exp_alerts: [{alerts if alerting else ""}]}}'
        for time, alerting in expected
    ]
    return THEIR_TESTS % (interval, '\n'.join(series), '\n'.join(tests))


@contextmanager
def pairs() -> Iterator[list[Pair]]:
    """Give what is to be measured; nothing where promtool is not installed."""
    if not shutil.which(PROMTOOL):
        click.echo(f'{PROMTOOL} is not installed: rehearsals are not compared with it.', err=True)
        yield []
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / 'rules.yml').write_text(RULES)
        (folder / 'week.yaml').write_text(MONITOR + WEEK)
        their_week = test_of_promtool('45s', 10, '5x11519 50x79 5x1840', [('6d30m', True)])
        (folder / 'week.yml').write_text(their_week)
        (folder / 'scenarios').mkdir()
        hours = test_of_promtool('1m', 3, '5x59 50x59 5x60', [('30m', False), ('90m', True), ('170m', False)])
        their_files = [folder / f'{number}.yml' for number in range(FILES)]
        for number, file in enumerate(their_files):
            (folder / 'scenarios' / f'{number}.yaml').write_text(MONITOR + HOURS)
            file.write_text(hours)
        sandbox = str(Path(sys.executable).with_name('datadog-sandbox'))
        yield [
            Pair(
                'Rehearsal: a week of 10 groups, a point each 45 seconds',
                command(sandbox, 'rehearse', folder / 'week.yaml'),
                command(PROMTOOL, 'test', 'rules', folder / 'week.yml'),
            ),
            Pair(
                f'Rehearsal: {FILES} files, each with 3 hours of 3 groups',
                command(sandbox, 'rehearse', '--quiet', folder / 'scenarios'),
                command(PROMTOOL, 'test', 'rules', *their_files),
            ),
        ]


def command(*arguments: str | Path) -> Work:
    """Return work that runs a command, and fails if it does."""

    def run(_: int) -> object:
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode:
            raise click.ClickException(f'{" ".join(map(str, arguments[:4]))} failed:\n{done.stdout}{done.stderr}')
        return done

    return run
