"""The image adds the check to the Agent and nothing else; the Helm values configure the check as it allows."""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from datadog_checks.custom_check import CustomCheck, __version__
from datadog_checks.custom_check.config_models.instance import InstanceConfig

DEPLOY = Path(__file__).parents[1]
ROOT = DEPLOY.parent
PACKAGE = ROOT / 'custom_check' / 'datadog_checks' / 'custom_check'
VALUES = {path.name: yaml.safe_load(path.read_text()) for path in DEPLOY.glob('*.yaml')}
DAEMONSET = VALUES['daemonset.yaml']
CLUSTER_CHECK = VALUES['cluster-check.yaml']

CONF_D = '/etc/datadog-agent/conf.d'
PYTHON = '/opt/datadog-agent/embedded/bin/python3'
INTERVAL_SECONDS = 45
# The longest that the start of an Agent may take.
START_SECONDS = 60

# Those of the Dockerfile, unless the environment names others, as on a machine that cannot pull images.
IMAGES = dict(re.findall(r'^ARG (\w+)=(\S+)$', (DEPLOY / 'Dockerfile').read_text(), re.MULTILINE))
for argument, variable in ('AGENT_IMAGE', 'DDEV_E2E_AGENT'), ('PYTHON_IMAGE', 'PYTHON_IMAGE'):
    IMAGES[argument] = os.environ.get(variable) or IMAGES[argument]

# Run by the Agent's Python: wait until the Agent answers its own commands, at the port `cmd_port`.
UNTIL_IT_ANSWERS = """
import socket, sys, time
deadline = time.monotonic() + float(sys.argv[1])
while True:
    try:
        sys.exit(socket.create_connection(('127.0.0.1', 5001), timeout=1).close())
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f'no Agent answers at port 5001: {error}')
        time.sleep(0.2)
"""

# Run by the Agent's Python: the version and the package files of the installed wheel.
INSTALLED = """
import hashlib, importlib.metadata, json
wheel = importlib.metadata.distribution('datadog-custom-check')
paths = [path for path in wheel.files if path.parts[0] == 'datadog_checks' and path.suffix != '.pyc']
digests = {str(path): hashlib.sha256(path.locate().read_bytes()).hexdigest() for path in paths}
print(json.dumps([wheel.version, digests]))
"""

# An image whose `agent` command records its arguments, and whose installer exits with the given status.
INSTALLER = """
FROM {python}
RUN printf '%s\\n' '#!/bin/sh' 'echo "$@" >>/calls' 'test "$2" = --help || exit {status}' >/usr/bin/agent
RUN chmod +x /usr/bin/agent
"""


def embedded(values: dict[str, Any]) -> dict[str, Any]:
    """Return the one configuration of the check in the values."""
    [confd] = [section['confd'] for section in values.values() if 'confd' in section]
    assert list(confd) == ['custom_check.yaml']
    return yaml.safe_load(confd['custom_check.yaml'])


@pytest.mark.parametrize('name', VALUES)
def test_embedded_configuration_is_one_that_the_check_accepts(name: str) -> None:
    config = embedded(VALUES[name])
    [instance] = config['instances']
    # The models ignore an option that they do not know, so a misspelt one would do nothing.
    assert config.keys() <= {'cluster_check', 'init_config', 'instances'}
    assert instance.keys() <= InstanceConfig.model_fields.keys()

    check = CustomCheck('custom_check', config['init_config'] or {}, [instance])
    check.load_configuration_models()

    # The Agent reads the interval from the instance; the default of the models does not reach it.
    assert instance['min_collection_interval'] == check.config.min_collection_interval == INTERVAL_SECONDS


def test_daemonset_reports_every_node_under_its_own_name() -> None:
    config = embedded(DAEMONSET)

    assert 'confd' in DAEMONSET['datadog']
    assert 'cluster_check' not in config
    assert not config['instances'][0].get('empty_default_hostname')


def test_cluster_check_reports_the_cluster_once() -> None:
    config = embedded(CLUSTER_CHECK)

    assert 'confd' in CLUSTER_CHECK['clusterAgent']
    assert config['cluster_check'] is True
    assert config['instances'][0]['empty_default_hostname'] is True
    assert CLUSTER_CHECK['datadog']['clusterChecks']['enabled'] is True
    assert CLUSTER_CHECK['clusterChecksRunner']['enabled'] is True
    # On the nodes, the image's own default configuration would report once per node as well.
    assert 'agents' not in CLUSTER_CHECK


def test_values_and_readme_name_the_same_image_and_secret() -> None:
    readme = (DEPLOY / 'README.md').read_text()
    images = DAEMONSET['agents']['image'], CLUSTER_CHECK['clusterChecksRunner']['image']

    for values, image in zip((DAEMONSET, CLUSTER_CHECK), images, strict=True):
        assert f'{image["repository"]}:{image["tag"]}' in readme
        assert f'registry.datadoghq.com/agent:{image["tag"]}' in readme
        assert f'create secret generic {values["datadog"]["apiKeyExistingSecret"]} --from-file=api-key=' in readme


def docker(*args: str, timeout: float = 60, **options: Any) -> str:
    command = subprocess.run(
        ['docker', *args],
        cwd=ROOT,
        env={**os.environ, 'DOCKER_BUILDKIT': '1'},
        timeout=timeout,
        capture_output=True,
        text=True,
        **options,
    )
    if command.returncode:
        raise RuntimeError(f'docker {args[0]} failed:\n{command.stdout}\n{command.stderr}')
    return command.stdout


def remove(*args: str) -> None:
    # Ignore the result: there may be nothing to remove.
    subprocess.run(['docker', *args], capture_output=True, timeout=60)


@contextmanager
def build(*args: str, **options: Any) -> Iterator[str]:
    """Build an image under a unique name, and remove it at the end."""
    tag = f'custom-check-agent-test:{secrets.token_hex(6)}'
    try:
        docker('build', f'--tag={tag}', *args, timeout=600, **options)
        yield tag
    finally:
        remove('image', 'rm', '--force', tag)


@contextmanager
def build_agent(**images: str) -> Iterator[str]:
    arguments = [f'--build-arg={name}={image}' for name, image in {**IMAGES, **images}.items()]
    with build('--file=deploy/Dockerfile', *arguments, '.') as tag:
        yield tag


@contextmanager
def container(*args: str) -> Iterator[str]:
    """Start a container without a network, under a unique name, and remove it at the end."""
    name = f'custom-check-agent-test-{secrets.token_hex(6)}'
    # An Agent does not start without a key and a host name.
    environment = [f'--env=DD_API_KEY={"0" * 32}', '--env=DD_HOSTNAME=fleet-test']
    try:
        docker('run', '--detach', f'--name={name}', '--network=none', *environment, *args)
        yield name
    finally:
        remove('rm', '--force', '--volumes', name)


@contextmanager
def running_agent(*args: str) -> Iterator[str]:
    """Start an Agent in a container and wait until it answers its own commands."""
    with container(*args) as name:
        docker('exec', name, PYTHON, '-c', UNTIL_IT_ANSWERS, str(START_SECONDS), timeout=START_SECONDS + 10)
        yield name


def run(image: str, *command: str) -> str:
    """Return what a command prints in a container of the image in which no Agent runs."""
    with container(image, 'sleep', 'infinity') as name:
        return docker('exec', name, *command)


@pytest.fixture(scope='module')
def engine() -> None:
    if not shutil.which('docker') or subprocess.run(['docker', 'info'], capture_output=True, timeout=60).returncode:
        pytest.skip('needs a running Docker engine')


@pytest.fixture(scope='module')
def image(engine: None) -> Iterator[str]:
    with build_agent() as tag:
        yield tag


@pytest.mark.integration
def test_agent_runs_the_check(image: str) -> None:
    with running_agent(image) as name:
        output = docker('exec', name, 'agent', 'check', 'custom_check', '--json')
    [report] = json.loads(output[output.index('[') :])

    [metric] = report['aggregator']['metrics']
    [[_, value]] = metric['points']
    assert (metric['metric'], metric['type']) == ('my_metric', 'gauge')
    assert value in range(1001)
    assert report['runner']['CheckVersion'] == __version__
    assert report['runner']['CheckConfigSource'].startswith(f'file:{CONF_D}/custom_check.d/conf.yaml.default')
    assert report['runner']['TotalErrors'] == 0


@pytest.mark.integration
@pytest.mark.parametrize(
    'mounted, source',
    [
        pytest.param(None, 'custom_check.d/conf.yaml.default', id='the default of the image'),
        pytest.param('custom_check.yaml', 'custom_check.yaml', id='confd of the chart'),
        pytest.param('custom_check.d/conf.yaml', 'custom_check.d/conf.yaml', id='conf.yaml'),
    ],
)
def test_agent_schedules_one_configuration(image: str, tmp_path: Path, mounted: str | None, source: str) -> None:
    options = []
    if mounted:
        (tmp_path / 'conf.yaml').write_text(DAEMONSET['datadog']['confd']['custom_check.yaml'])
        options = [f'--volume={tmp_path}/conf.yaml:{CONF_D}/{mounted}:ro']

    with running_agent(*options, image) as name:
        assert scheduled(name) == [(f'file:{CONF_D}/{source}', {'min_collection_interval': INTERVAL_SECONDS})]


def scheduled(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the source and the options of each instance of the check that the Agent in the container has.

    A running Agent may still be reading its configuration, so wait until there is one.
    """
    deadline = time.monotonic() + START_SECONDS
    # As text, since 7.72 does not know `--json`, and without the name of a check, which may not be known yet.
    while not (instances := configured(docker('exec', name, 'agent', 'configcheck'))):
        assert time.monotonic() < deadline, docker('logs', name)
        time.sleep(0.5)
    return instances


def configured(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the source and the options of each instance of the check in what `agent configcheck` prints."""
    sections = re.findall(r'^=== custom_check check ===\n(.*?)^===$', text, re.DOTALL | re.MULTILINE)
    return [
        (re.search(r'^Configuration source: (.+)$', section, re.MULTILINE)[1], yaml.safe_load(options))
        for section in sections
        for options in re.findall(r'^Config for instance ID: .+?\n(.*?)^~$', section, re.DOTALL | re.MULTILINE)
    ]


def test_configured_reads_every_instance_and_no_other_check() -> None:
    text = (
        '\n=== cpu check ===\nConfiguration source: file:/c.yaml\nConfig for instance ID: cpu:1\n{}\n~\n===\n'
        '\n=== custom_check check ===\nConfiguration provider: file\nConfiguration source: file:/a.yaml\n'
        'Config for instance ID: custom_check:1\nminimum: 1\n~\n'
        'Config for instance ID: custom_check:2\nminimum: 2\nmaximum: 3\n~\n===\n'
    )

    assert configured(text) == [('file:/a.yaml', {'minimum': 1}), ('file:/a.yaml', {'minimum': 2, 'maximum': 3})]


@pytest.mark.integration
def test_a_command_that_fails_shows_its_own_error(image: str) -> None:
    with running_agent(image) as name, pytest.raises(RuntimeError, match='unknown flag: --nonsense'):
        docker('exec', name, 'agent', 'configcheck', '--nonsense')


@pytest.mark.integration
def test_image_holds_the_package_of_this_checkout(image: str) -> None:
    version, files = json.loads(run(image, PYTHON, '-c', INSTALLED))

    assert version == __version__
    assert files == {
        str(path.relative_to(PACKAGE.parents[1])): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in PACKAGE.rglob('*')
        if path.is_file() and path.suffix != '.pyc'
    }


@pytest.mark.integration
def test_image_adds_nothing_but_the_check(image: str) -> None:
    find = 'find / -xdev ( -type f -o -type l ) -not -path */__pycache__/*'.split()
    before, after = (set(run(tag, *find).splitlines()) for tag in (IMAGES['AGENT_IMAGE'], image))

    assert not before - after
    assert f'{CONF_D}/custom_check.d/conf.yaml.default' in after - before
    assert [path for path in after - before if 'custom_check' not in path or path.endswith('.whl')] == []


@pytest.mark.integration
def test_build_calls_the_installer_of_the_agent(engine: None) -> None:
    with build('-', input=INSTALLER.format(status=0, python=IMAGES['PYTHON_IMAGE'])) as installer:
        with build_agent(AGENT_IMAGE=installer) as tag:
            calls = run(tag, 'cat', '/calls').splitlines()

    wheel = f'/mnt/dist/datadog_custom_check-{__version__}-py3-none-any.whl'
    assert calls == ['integration --help', f'integration install -r -w {wheel}']


@pytest.mark.integration
def test_build_fails_when_the_installer_fails(engine: None) -> None:
    with build('-', input=INSTALLER.format(status=3, python=IMAGES['PYTHON_IMAGE'])) as installer:
        with pytest.raises(RuntimeError, match='exit code: 3'), build_agent(AGENT_IMAGE=installer):
            pass
