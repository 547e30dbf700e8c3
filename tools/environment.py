"""Start and stop the Docker environment of the whole exercise, and say where everything is."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psutil
from custom_check_publish.output import application
from rich.markup import escape

from tools.console import SizedConsole

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / 'environment'
# Compose reads it, so that plain `docker compose` commands in the folder mean the environment that was started.
SETTINGS = FOLDER / '.env'
# No other checkout on this machine has this name.
PROJECT = f'custom_check_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}'
SANDBOX, ACCOUNT = 'docker-compose.yaml', 'account.yaml'

LOOPBACK = '127.0.0.1'
PORTS = {'SANDBOX_PORT': 4500, 'FLASK_PORT': 5050}

# The first release that merges what it includes with an override, which docker-compose.yaml does.
COMPOSE_VERSION = (2, 24)
# Images and build cache, rounded up: the official Agent image alone has 1.3 GB.
DISK_GB = 5
# Where `make start` looks for the reason of a failure, in the order of telling most.
REASONS = 'error', 'failed', 'unhealthy', 'denied', 'refused', 'exited'

console = SizedConsole(highlight=False, soft_wrap=True)


class Interrupted(Exception):
    """Ctrl-C was pressed, or the process was asked to end."""


def compose(*arguments: str) -> list[str]:
    """Return a Compose command for the environment that was started."""
    files = settings().get('COMPOSE_FILE', SANDBOX).split(os.pathsep)
    options = [f'--project-name={PROJECT}', f'--project-directory={FOLDER}', *(f'--file={FOLDER / it}' for it in files)]
    return ['docker', 'compose', *options, *arguments]


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), 'no output')


def require_docker() -> Path:
    """Return where Docker keeps its data. Raises `click.ClickException`, in one line, when it cannot be used."""
    if not shutil.which('docker'):
        raise click.ClickException('Docker is not installed, or not in PATH. See https://docs.docker.com/get-docker/.')
    engine = subprocess.run(['docker', 'info', '--format', '{{.DockerRootDir}}'], capture_output=True, text=True)
    if engine.returncode:
        raise click.ClickException(f'Docker does not answer. Is it running? {last_line(engine.stderr)}')
    compose = subprocess.run(['docker', 'compose', 'version', '--short'], capture_output=True, text=True)
    version = compose.stdout.strip().lstrip('v')
    if compose.returncode or tuple(map(int, version.split('-')[0].split('.')[:2])) < COMPOSE_VERSION:
        present = f'this is {version}' if version else 'it is not installed'
        needed = '.'.join(map(str, COMPOSE_VERSION))
        raise click.ClickException(f'Docker Compose {needed} or later is needed, but {present}.')
    return Path(engine.stdout.strip())


def preflight() -> None:
    """Raise `click.ClickException`, in one line, for whatever is missing on this machine."""
    # Docker may keep its data in a virtual machine, where this process cannot look.
    data = require_docker()
    if data.exists() and (free := shutil.disk_usage(data).free) < DISK_GB * 10**9:
        raise click.ClickException(
            f'{data} has {free / 10**9:.1f} GB free, but the images need {DISK_GB} GB. See `docker system df`.'
        )
    if os.environ.get('DD_API_KEY') and not os.environ.get('DD_APP_KEY'):
        raise click.ClickException(
            'DD_API_KEY is set but DD_APP_KEY is not. The Agent would report to your account, but nothing could be '
            'published there. Set both, or unset DD_API_KEY to use the sandbox.'
        )


def choose_port(name: str, default: int) -> int:
    """Return the port that the environment variable names, or else the default one, or a free one if it is taken.

    Raises `click.ClickException` when the named one is taken.
    """
    setting = os.environ.get(name)
    if setting is not None and not (setting.isdecimal() and 0 < int(setting) < 2**16):
        raise click.ClickException(f'{name} is {setting!r}, but must be a port from 1 to 65535')
    with socket.socket() as probe:
        # As Docker does: a port on which a closed connection lingers is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(setting or default)))
        except OSError:
            if setting:
                raise click.ClickException(
                    f'{name} is {setting}, but that port is taken by {owner(int(setting))}'
                ) from None
            probe.bind((LOOPBACK, 0))
            console.print(
                f'Port {default} is taken by {escape(owner(default))}: using {probe.getsockname()[1]} instead.'
            )
        return probe.getsockname()[1]


def owner(port: int) -> str:
    """Return which process listens on a port, as far as the system knows."""
    try:
        for connection in psutil.net_connections('tcp'):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f'{psutil.Process(connection.pid).name()} (process {connection.pid})'
    except psutil.Error:
        pass
    return 'another process'


def settings() -> dict[str, str]:
    """Return the settings of the environment that was started; none when there is none."""
    if not SETTINGS.exists():
        return {}
    return dict(line.split('=', 1) for line in SETTINGS.read_text().splitlines() if '=' in line)


def write_settings() -> dict[str, str]:
    """Choose the ports, or keep those of the environment that runs, and the account. Compose reads what is written."""
    before = settings()
    files = [SANDBOX, *([ACCOUNT] if os.environ.get('DD_API_KEY') else [])]
    chosen = {'COMPOSE_PROJECT_NAME': PROJECT, 'COMPOSE_FILE': os.pathsep.join(files)}
    chosen |= {name: before.get(name) or str(choose_port(name, default)) for name, default in PORTS.items()}
    SETTINGS.write_text(''.join(f'{name}={value}\n' for name, value in chosen.items()))
    return chosen


def reports_to_account() -> bool:
    """Whether the environment that was started reports to an account, and not to the sandbox."""
    return ACCOUNT in settings().get('COMPOSE_FILE', '')


@contextmanager
def on_signal(handler: Callable[..., None]) -> Iterator[None]:
    """Do this, and nothing else, at Ctrl-C and at SIGTERM."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def interrupt(*_: object) -> None:
    raise Interrupted


def remove() -> None:
    """Remove every container, network, volume, and image that Compose made for the environment."""
    command = compose('down', '--volumes', '--remove-orphans', '--rmi=local', '--timeout=5')
    # Ctrl-C does not reach a session of its own, so that half of it is never left.
    with tempfile.TemporaryFile('w+') as log, on_signal(lambda *_: None):
        done = subprocess.run(command, stdout=log, stderr=log, start_new_session=True)
        log.seek(0)
        if done.returncode:
            raise click.ClickException(f'The environment could not be stopped: {last_line(log.read())}')
        SETTINGS.unlink(missing_ok=True)


def reason(log: str) -> str:
    """Return the line of a log that most likely says why the start failed."""
    if pull := re.search(r'^\s*(\w+) Error (.+)$', log, re.MULTILINE):
        return f'The image of {pull[1]} could not be pulled: {pull[2].strip()}'
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if any(word in line.lower() for word in REASONS)), last_line(log))


def bring_up(log: Path) -> None:
    """Build and start everything, and wait until it is healthy. Raises `click.ClickException` with the reason."""
    began = time.monotonic()
    command = compose('--progress=plain', 'up', '--build', '--wait', '--detach', '--remove-orphans')
    with (
        log.open('w') as file,
        subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True) as process,
        console.status('Starting') as status,
    ):
        try:
            while process.poll() is None:
                time.sleep(0.2)
                status.update(f'Starting, {time.monotonic() - began:.0f} s: {escape(last_line(log.read_text())[:60])}')
        except Interrupted:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
    if process.returncode:
        why = reason(log.read_text())
        with log.open('a') as file:
            subprocess.run(compose('logs', '--no-color'), stdout=file, stderr=file)
        raise click.ClickException(why)


@click.group()
def main() -> None:
    """Start and stop the Docker environment."""


@main.command()
def start() -> None:
    """Start MySQL, the Flask app, the Agent, and the sandbox, and publish the timeboard."""
    preflight()
    again = bool(settings())
    if again:
        console.print('The environment is running already. Containers that changed are started again.')
    handle, name = tempfile.mkstemp(prefix='custom_check-start-', suffix='.log')
    os.close(handle)
    log = Path(name)
    try:
        with on_signal(interrupt):
            chosen = write_settings()
            console.print('Starting MySQL, the Flask app, and the Agent. The first time takes some minutes.')
            bring_up(log)
    except Interrupted:
        log.unlink()
        console.print('Interrupted.')
        clear_away(again)
        sys.exit(130)
    except click.ClickException as error:
        clear_away(again)
        if log.stat().st_size:
            console.print(f'The environment did not start. The whole log: {log}')
        else:
            log.unlink()
        raise error
    log.unlink()
    show(chosen)


def clear_away(again: bool) -> None:
    """Remove what a start that failed has left; an environment that ran before it stays."""
    if again:
        console.print('What ran before is still running. `make stop` removes it.')
    elif settings():
        console.print('Removing what was started ...')
        remove()


def show(chosen: dict[str, str]) -> None:
    """Print where everything is."""
    sandbox = f'http://{LOOPBACK}:{chosen["SANDBOX_PORT"]}'
    account = application(os.environ.get('DD_SITE', 'datadoghq.com'), None) if reports_to_account() else None
    app = f'http://{LOOPBACK}:{chosen["FLASK_PORT"]}'
    places = {
        'Timeboard': f'{account}/dashboard/lists' if account else sandbox,
        'Flask app': f'{app} with /, /api/apm, and /api/trace',
        'Try': f'curl {app}/api/apm, and look at the traces',
        'Agent': 'docker compose exec agent agent status (in environment/)',
        'Prove it': 'make prove',
        'Stop': 'make stop',
    }
    console.print()
    for name, place in places.items():
        console.print(f'[bold]{name:<11}[/]{escape(place)}')
    console.print()
    if account:
        console.print(
            'The Agent sends metrics, service checks, traces, and what it knows of its host (name, tags, hardware) to '
            f'the account of DD_API_KEY: {account}. What was published there stays after make stop, until '
            'make publish ARGS=destroy.'
        )
    else:
        console.print('Nothing leaves this machine: the Agent reports to the sandbox, and its network has no way out.')


@main.command()
def stop() -> None:
    """Stop the environment and remove all of it. What does not run is no error."""
    require_docker()
    was_started = bool(settings())
    with console.status('Stopping'):
        remove()
    kept = 'The images that were pulled and the build cache are kept for the next start.'
    console.print(f'Stopped. {kept}' if was_started else 'Nothing was running.')


@main.command(context_settings={'ignore_unknown_options': True})
@click.argument('arguments', nargs=-1)
def prove(arguments: tuple[str, ...]) -> None:
    """Run `custom-check-publish prove` for the account that the environment reports to."""
    if not settings():
        raise click.ClickException('The environment is not running. Start it with make start.')
    environment, where = dict(os.environ), []
    if not reports_to_account():
        # The sandbox takes any keys.
        environment |= {'DD_API_KEY': 'any-key', 'DD_APP_KEY': 'any-key'}
        where = ['--api-url', f'http://{LOOPBACK}:{settings()["SANDBOX_PORT"]}']
    command = [sys.executable, '-m', 'custom_check_publish', 'prove', *where, *arguments]
    sys.exit(subprocess.run(command, env=environment).returncode)


if __name__ == '__main__':
    main()
