"""The image runs the check and holds nothing else that is new; the Helm values hold configurations that it accepts."""

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
INTERVAL = 45

# The Dockerfile's own, unless the environment brings others, as on a machine without a registry.
IMAGES = dict(re.findall(r'^ARG (\w+)=(\S+)$', (DEPLOY / 'Dockerfile').read_text(), re.MULTILINE))
for argument, variable in ('AGENT_IMAGE', 'DDEV_E2E_AGENT'), ('PYTHON_IMAGE', 'PYTHON_IMAGE'):
    IMAGES[argument] = os.environ.get(variable) or IMAGES[argument]

# Run by the Agent's Python: the version and the package files of the installed wheel.
INSTALLED = """
import hashlib, importlib.metadata, json
wheel = importlib.metadata.distribution('datadog-custom-check')
paths = [path for path in wheel.files if path.parts[0] == 'datadog_checks' and path.suffix != '.pyc']
digests = {str(path): hashlib.sha256(path.locate().read_bytes()).hexdigest() for path in paths}
print(json.dumps([wheel.version, digests]))
"""

# An image whose `agent` has the installer, which notes how it was called and ends with the given status.
INSTALLER = """
FROM {python}
RUN printf '%s\\n' '#!/bin/sh' 'echo "$@" >>/calls' 'test "$2" = --help || exit {status}' >/usr/bin/agent
RUN chmod +x /usr/bin/agent
"""


def embedded(values: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration that the values hold for the check; there is one."""
    [confd] = [section['confd'] for section in values.values() if 'confd' in section]
    assert list(confd) == ['custom_check.yaml']
    return yaml.safe_load(confd['custom_check.yaml'])


@pytest.mark.parametrize('name', VALUES)
def test_embedded_configuration_is_one_that_the_check_accepts(name: str) -> None:
    config = embedded(VALUES[name])
    [instance] = config['instances']
    # The models pass over what they do not know: a misspelt option would do nothing, silently.
    assert config.keys() <= {'cluster_check', 'init_config', 'instances'}
    assert instance.keys() <= InstanceConfig.model_fields.keys()

    check = CustomCheck('custom_check', config['init_config'] or {}, [instance])
    check.load_configuration_models()

    # The Agent reads the interval here, and not from the models' default.
    assert instance['min_collection_interval'] == check.config.min_collection_interval == INTERVAL


def test_daemonset_reports_each_node_under_its_own_name() -> None:
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
    # Without a look at the result: what never came to be is gone as well.
    subprocess.run(['docker', *args], capture_output=True, timeout=60)


@contextmanager
def build(*args: str, **options: Any) -> Iterator[str]:
    """Build an image under a name of its own, and remove it at the end."""
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
    """Start a container that reaches nothing, under a name of its own, and remove it at the end."""
    name = f'custom-check-agent-test-{secrets.token_hex(6)}'
    # An Agent does nothing without a key and a host name.
    environment = [f'--env=DD_API_KEY={"0" * 32}', '--env=DD_HOSTNAME=fleet-test']
    try:
        docker('run', '--detach', f'--name={name}', '--network=none', *environment, *args)
        yield name
    finally:
        remove('rm', '--force', '--volumes', name)


def run(image: str, *command: str) -> str:
    with container(image, 'sleep', 'infinity') as name:
        return docker('exec', name, *command)


@pytest.fixture(scope='module')
def engine() -> None:
    if not shutil.which('docker') or subprocess.run(['docker', 'info'], capture_output=True, timeout=60).returncode:
        pytest.skip('builds and runs images: no Docker engine answers')


@pytest.fixture(scope='module')
def image(engine: None) -> Iterator[str]:
    with build_agent() as tag:
        yield tag


@pytest.mark.integration
def test_agent_runs_the_check(image: str) -> None:
    # Under the name that every Agent image reads; the next test asks the Agent about `.default`.
    command = f'cd {CONF_D}/custom_check.d && cp conf.yaml.default conf.yaml && agent check custom_check --json'
    [report] = json.loads(run(image, 'sh', '-c', command))

    [metric] = report['aggregator']['metrics']
    [[_, value]] = metric['points']
    assert (metric['metric'], metric['type']) == ('my_metric', 'gauge')
    assert value in range(1001)
    assert report['runner']['CheckVersion'] == __version__
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

    with container(*options, image) as name:
        [config] = scheduled(name)

    [instance] = config['instances']
    assert config['source'] == f'file:{CONF_D}/{source}'
    assert yaml.safe_load(instance['config']) == {'min_collection_interval': INTERVAL}


def scheduled(name: str, patience: float = 60) -> list[dict[str, Any]]:
    """Return the configurations of the check that the Agent in the container has, once it has any."""
    deadline = time.monotonic() + patience
    while True:
        try:
            if configs := json.loads(docker('exec', name, 'agent', 'configcheck', 'custom_check', '--json')):
                return configs
        except RuntimeError:
            pass  # Not up yet.
        assert time.monotonic() < deadline, docker('logs', name)
        time.sleep(1)


@pytest.mark.integration
def test_image_holds_the_package_as_it_is_here(image: str) -> None:
    version, files = json.loads(run(image, '/opt/datadog-agent/embedded/bin/python3', '-c', INSTALLED))

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
def test_build_uses_the_installer_of_the_agent(engine: None) -> None:
    with build('-', input=INSTALLER.format(status=0, python=IMAGES['PYTHON_IMAGE'])) as installer:
        with build_agent(AGENT_IMAGE=installer) as tag:
            calls = run(tag, 'cat', '/calls').splitlines()

    wheel = f'/mnt/dist/datadog_custom_check-{__version__}-py3-none-any.whl'
    assert calls == ['integration --help', f'integration install -r -w {wheel}']


@pytest.mark.integration
def test_build_fails_where_the_installer_fails(engine: None) -> None:
    with build('-', input=INSTALLER.format(status=3, python=IMAGES['PYTHON_IMAGE'])) as installer:
        with pytest.raises(RuntimeError, match='exit code: 3'), build_agent(AGENT_IMAGE=installer):
            pass
