"""Make a new integration beside ours: what ddev generates for it, in the layout of this repository.

Everything is written into a folder of its own, and moved here once it is complete.
"""

import json
import keyword
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.ddev_cli import validation
from tools.scratch import SHARED, run_ddev, scratch
from tools.submit import add_code_owner
from tools.undo_new import remember, undo

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / 'template'
MAX_CHARACTERS = 40
# Checks that come with an Agent, which runs one of a name. Not all of its hundreds of integrations: those that somebody
# is likely to choose. https://docs.datadoghq.com/integrations/
AGENT_CHECKS = frozenset(
    'activemq apache cassandra cisco_aci consul container containerd coredns couch couchbase cpu directory disk '
    'dns_check docker elastic envoy etcd file_handle flink gitlab haproxy hdfs http_check ibm_db2 iis io istio '
    'jboss_wildfly jenkins kafka kafka_consumer kong kubelet linkerd load mapr memory mongo mysql nagios network '
    'nfsstat nginx ntp openldap openmetrics oracle pgbouncer php_fpm postfix postgres process prometheus proxysql '
    'rabbitmq redisdb riak snmp spark sqlserver squid ssh_check statsd supervisord systemd tcp_check teamcity tls '
    'tomcat twemproxy uptime varnish vault vsphere weblogic yarn zk'.split()
)


def require_new(root: Path, name: str) -> None:
    """Raise `click.ClickException` for a name that is taken, or that ddev would refuse."""

    def refuse(allowed: str) -> None:
        raise click.ClickException(f'NAME is {name[:80]!r}, but must be {allowed}')

    if not re.fullmatch(r'[a-z][a-z0-9]*(_[a-z0-9]+)*', name) or len(name) > MAX_CHARACTERS or keyword.iskeyword(name):
        refuse(f'lowercase words joined by underscores, at most {MAX_CHARACTERS} characters, as in my_check')
    if name.startswith('datadog'):
        refuse('a name that does not start with datadog')
    if os.path.lexists(root / name):
        refuse(f'a new name: {root / name} exists')
    if name in AGENT_CHECKS:
        refuse('a new name: an Agent has a check of that name, and would run only one of them')
    if name in sys.stdlib_module_names or find_spec(name):
        refuse(f'a new name: {name} is a module of Python or of a package, which its tests would import instead')
    if find_spec(f'datadog_checks.{name}'):
        refuse(f'a new name: the package datadog_checks.{name} is installed')


def class_name(name: str) -> str:
    """Return the name of the class: `MyCheck` for my_check, `DiskCheck` for disk."""
    return ''.join(word.capitalize() for word in name.removesuffix('_check').split('_')) + 'Check'


def write(folder: Path, **values: object) -> None:
    """Write the files of the template into a folder, where NAME in a path stands for the name."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        # Braces have a meaning in queries and messages, brackets in TOML and Markdown.
        variable_start_string='<<',
        variable_end_string='>>',
        block_start_string='<%',
        block_end_string='%>',
        comment_start_string='<#',
        comment_end_string='#>',
    )
    for template in environment.list_templates(extensions=['jinja']):
        file = folder / template.removesuffix('.jinja').replace('NAME', str(values['name']))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(environment.get_template(template).render(values))


def generate(folder: Path, name: str) -> None:
    """Write the integration into a folder that holds the rest of the repository."""
    words = name.split('_')
    run_ddev(folder, 'create', 'check', ' '.join(words).title())
    manifest = json.loads((folder / name / 'manifest.json').read_text())
    # Of the scaffold, the identifiers stay. Its other files are the template's, or are generated below.
    shutil.rmtree(folder / name)
    write(
        folder / name,
        name=name,
        kebab='-'.join(words),
        title=' '.join(words).title(),
        class_name=class_name(name),
        summary='Watch the free bytes of a disk',
        app_uuid=manifest['app_uuid'],
        source_type_id=manifest['assets']['integration']['source_type_id'],
        today=f'{datetime.now(UTC):%Y-%m-%d}',
    )
    (folder / name / f'datadog_checks/{name}/data').mkdir()
    run_ddev(folder, *validation('config', name), '--sync')
    run_ddev(folder, *validation('models', name), '--sync')
    # The length of the name decides where lines break and how imports are sorted.
    for command in (['check', '--fix'], ['format']):
        subprocess.run([sys.executable, '-m', 'ruff', *command, '--quiet', name], cwd=folder, check=True)
    add_code_owner(folder, name)
    run_ddev(folder, *validation('ci', name), '--sync')


def move(folder: Path, root: Path, name: str) -> list[str]:
    """Move what was generated into the repository, or leave it as it was. Raises `click.ClickException`.

    Returns the shared files that changed.
    """
    before = {file: (root / file).read_bytes() for file in SHARED}
    changed = [file for file, content in before.items() if (folder / file).read_bytes() != content]
    try:
        # The folder last, as one that exists is refused: after a kill in between, a second run finishes.
        for file in [*changed, name]:
            os.replace(folder / file, root / file)
    except BaseException as error:
        for file, content in before.items():
            if (root / file).read_bytes() != content:
                (root / file).write_bytes(content)
        if isinstance(error, OSError):
            raise click.ClickException(f'{root / name} cannot be made: {error.strerror}') from None
        raise
    return changed


@click.command()
@click.argument('name')
@click.option('--undo', 'takes_back', is_flag=True, help='Remove the integration that was made under this name.')
@click.option('--force', is_flag=True, help='With --undo: also remove files that were edited since.')
@click.option('--root', type=click.Path(path_type=Path), default=ROOT, hidden=True)
def main(name: str, takes_back: bool, force: bool, root: Path) -> None:
    """Make the integration NAME, such as my_check, in a folder of that name."""
    if takes_back:
        undo(root, name, force)
        click.echo(f'Removed {name}/, and its lines in .github/.')
        return
    if force:
        raise click.UsageError('--force has no effect without --undo.')
    require_new(root, name)
    click.echo(f'Making {name} ...', err=True)
    with scratch(root) as folder:
        generate(folder, name)
        changed = move(folder, root, name)
    remember(root, name)
    click.echo(
        f'{name}/ is complete: it submits one gauge, {name}.disk.free. Next:\n'
        f'  make run CHECK={name}          run it here, and show what it submits in a browser\n'
        f'  make test CHECK={name}         its tests, and every ddev validation\n'
        f'  make test-docker CHECK={name}  its tests in an Agent, which need Docker\n'
        f'  make wheel CHECK={name}        build the wheel that an Agent installs\n'
        f'Its owner and its tests were added to {" and ".join(changed)}.\n'
        f'To take all of it back: make new NAME={name} ARGS=--undo\n'
        'docs/tutorial.md shows how to make something else of it, step by step.'
    )


if __name__ == '__main__':
    main()
