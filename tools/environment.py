"""Start the Docker environment of the whole exercise, and say where everything is."""

import os
import sys
from typing import Any

from ddev.e2e.config import EnvDataStorage
from ddev.utils.fs import Path
from ddev_cli import ddev
from platformdirs import user_data_dir
from rich.console import Console
from rich.markup import escape

from datadog_checks.dev._env import E2E_ENV_VAR_PREFIX, deserialize_data

ROOT = Path(__file__).parents[1]
CHECK, ENVIRONMENT = 'custom_check', 'py3.13'


def load(environment: str = ENVIRONMENT) -> tuple[dict[str, str], dict[str, Any]] | None:
    """Return the Compose variables and the Agent's metadata of an environment, or None when it is not running."""
    # Where ddev itself looks for what it has started.
    data = Path(os.environ.get('DDEV_DATA_DIR') or user_data_dir('ddev', appauthor=False)).expand()
    started = EnvDataStorage(data).get(CHECK, environment)
    if not started.exists():
        return None
    metadata = started.read_metadata()
    return deserialize_data(metadata['e2e_env_vars'][f'{E2E_ENV_VAR_PREFIX}compose_variables']), metadata


def main() -> None:
    console = Console(highlight=False)
    if load():
        console.print('The environment is running already.')
    else:
        console.print('Starting MySQL, the Flask app, and the Agent. The first time takes some minutes.')
        if code := ddev(ROOT, 'env', 'start', '--dev', '--hide-help', CHECK, ENVIRONMENT).returncode:
            console.print('[red]The environment did not start; the reason is above. Nothing is left running.[/]')
            sys.exit(code)

    if not (running := load()):
        sys.exit('ddev started the environment, but does not know it.')
    variables, metadata = running
    agent = f'.venv/bin/ddev env agent {CHECK} {ENVIRONMENT}'
    site = metadata['env_vars']['DD_SITE']
    reports = 'DD_API_KEY' in metadata['env_vars']

    places = {
        'Flask app': f'http://127.0.0.1:{variables["FLASK_PORT"]} with /, /api/apm, and /api/trace',
        'The check': f'{agent} check',
        'MySQL check': f'{agent} check mysql',
        'Traces': f'{agent} status | grep -A9 Receiver',
        'Stop': 'make stop',
    }
    console.print()
    for name, place in places.items():
        # Whole lines, which a person can copy.
        console.print(f'[bold]{name:<13}[/]{escape(place)}', soft_wrap=True)
    console.print()
    if reports:
        console.print(f'The Agent reports to the account of DD_API_KEY at {site}: https://app.{site}/apm/traces')
    else:
        console.print('Nothing leaves this machine: the Agent started without DD_API_KEY.')


if __name__ == '__main__':
    main()
