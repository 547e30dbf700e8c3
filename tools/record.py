"""Record what the Agent of the running Docker environment collects, for the preview of the timeboard.

MySQL gets a load, since a server that nobody uses opens no files: tables that come and go, and one burst of them.
"""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
from environment import CHECK, load
from rich.progress import Progress

# The seconds between two runs of the Agent's checks: those of MySQL are its default.
INTERVALS = {CHECK: 45, 'mysql': 15}
METRICS = {'my_metric', 'mysql.performance.open_files'}

# Of the load: tables on average, their swing, its period in seconds, and the burst near the end.
TABLES, SWING, PERIOD, BURST = 24, 10, 1800, 40


def collect(container: str, check: str) -> list[dict[str, Any]]:
    """Run a check in the Agent once and return the points of the metrics that the timeboard shows."""
    command = ['docker', 'exec', container, 'agent', 'check', check, '--json']
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    reports = json.loads(output[output.index('[') :])
    fields = ('metric', 'points', 'type', 'tags', 'host')
    return [
        {field: metric[field] for field in fields}
        for report in reports
        for metric in report['aggregator']['metrics']
        if metric['metric'] in METRICS
    ]


def hold_tables(container: str, password: str, held: int, wanted: int) -> None:
    """Create or drop tables until as many are held open as wanted: MyISAM's, which the server counts as files."""
    create = (f'CREATE TABLE load_{n} (id INT) ENGINE = MyISAM; SELECT * FROM load_{n};' for n in range(held, wanted))
    drop = (f'DROP TABLE load_{n};' for n in range(wanted, held))
    subprocess.run(
        ['docker', 'exec', '--interactive', '--env', 'MYSQL_PWD', container, 'mysql', '--user=flask', 'flask'],
        input=' '.join([*create, *drop]),
        env={**os.environ, 'MYSQL_PWD': password},
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def wanted_tables(elapsed: float, duration: float) -> int:
    """Return the number of tables that the load holds after so many seconds of so many."""
    burst = BURST if 0.85 < elapsed / duration < 0.9 else 0
    return round(TABLES + SWING * math.sin(2 * math.pi * elapsed / PERIOD)) + burst


@click.command()
@click.argument('file', type=click.Path(path_type=Path, dir_okay=False))
@click.option('--minutes', type=click.FloatRange(min=0, min_open=True), default=65, show_default=True)
@click.option('--environment', default='py3.13', show_default=True, help='The running environment of ddev.')
def main(file: Path, minutes: float, environment: str) -> None:
    """Append JSON Lines, as `make run` prints them, to FILE."""
    if not (running := load(environment)):
        raise click.ClickException(f'--environment is {environment}, which does not run; `make env` starts py3.13')
    variables, _ = running
    agent, mysql = variables['AGENT_HOST'], f'{variables["COMPOSE_PROJECT_NAME"]}-mysql-1'
    password, duration, held = variables['MYSQL_FLASK_PASSWORD'], minutes * 60, 0
    start = time.monotonic()
    due = dict.fromkeys(INTERVALS, start)

    with Progress(disable=not sys.stdout.isatty()) as progress, file.open('a') as output:
        task = progress.add_task('Recording', total=duration)
        while (elapsed := time.monotonic() - start) < duration:
            progress.update(task, completed=elapsed)
            check = min(due, key=lambda check: due[check])
            time.sleep(max(0, due[check] - time.monotonic()))
            due[check] += INTERVALS[check]
            if check == 'mysql':
                wanted = wanted_tables(elapsed, duration)
                hold_tables(mysql, password, held, wanted)
                held = wanted
            for point in collect(agent, check):
                output.write(json.dumps(point) + '\n')
            output.flush()
        hold_tables(mysql, password, held, 0)


if __name__ == '__main__':
    main()
