"""Make a new integration beside ours: ddev's scaffold where it is right, and our layout where it is not."""

import datetime
import importlib.util
import json
import keyword
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import jinja2
from ddev_cli import ddev

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / 'template'
OURS = 'custom_check'
CODEOWNERS = '.github/CODEOWNERS'
# Files outside the new folder that name every integration.
SHARED = [CODEOWNERS, '.github/workflows/test-all.yml', '.github/workflows/test-all-windows.yml']
MAX_LENGTH = 32
DESCRIPTION = 'Learn of a full disk before it stops what writes to it.'
# `<<name>>` and not `{{name}}`, which monitors use themselves.
ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATE),
    variable_start_string='<<',
    variable_end_string='>>',
    block_start_string='<%',
    block_end_string='%>',
    comment_start_string='<#',
    comment_end_string='#>',
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
)


def require_name(name: str) -> None:
    """Raise `click.ClickException` for a name that cannot be that of a new integration here."""

    def refuse(reason: str) -> None:
        raise click.ClickException(f'NAME is {name!r}, {reason}')

    if not re.fullmatch('[a-z][a-z0-9]*(_[a-z0-9]+)*', name) or len(name) > MAX_LENGTH:
        refuse(
            f'but must be a letter, then letters, digits, or single _ between them: lower case, at most {MAX_LENGTH}'
        )
    if name.startswith('datadog'):
        refuse('but ddev refuses a name that begins with datadog')
    if keyword.iskeyword(name):
        refuse('but must not be a keyword of Python, as it becomes the name of a package')
    if (ROOT / name).exists():
        refuse(f'but {name}/ exists')
    if importlib.util.find_spec(f'datadog_checks.{name}'):
        refuse(f'but there is a package datadog_checks.{name} already')


def class_name(name: str) -> str:
    """Return the name of the check's class, with one Check at its end: `MyCheck` for `my_check`, and for `my`."""
    joined = ''.join(word.capitalize() for word in name.split('_'))
    return joined if joined.endswith('Check') else f'{joined}Check'


def run_ddev(folder: Path, *arguments: str) -> None:
    """Run ddev in the scratch folder. Raises `click.ClickException` with its output when it fails."""
    done = ddev(folder, *arguments, capture_output=True)
    if done.returncode:
        raise click.ClickException(f'`ddev {" ".join(arguments)}` failed: {(done.stdout + done.stderr).strip()}')


def copy_repository(scratch: Path) -> None:
    """Copy what ddev reads of this repository: its configuration, and every integration."""
    for name in ('.ddev.toml', 'pyproject.toml'):
        shutil.copy(ROOT / name, scratch)
    integrations = [path.parent.name for path in ROOT.glob('*/manifest.json')]
    for name in ('.ddev', '.github', *integrations):
        shutil.copytree(ROOT / name, scratch / name, ignore=shutil.ignore_patterns('__pycache__', '.*cache'))
    # ddev asks git for the root of a repository.
    subprocess.run(['git', 'init', '--quiet', str(scratch)], check=True)


def manifest(scaffold: dict[str, Any], values: dict[str, str], ours: dict[str, Any]) -> dict[str, Any]:
    """Return ddev's manifest with what it leaves to fill in; its `app_uuid` and `source_type_id` stay."""
    name, title = values['name'], values['title']
    scaffold |= {'owner': ours['owner'], 'display_on_public_website': True, 'author': ours['author']}
    scaffold['tile'] |= {
        'description': DESCRIPTION,
        'media': [],
        'classifier_tags': [
            'Category::Metrics',
            'Category::OS & System',
            'Offering::Integration',
            'Submitted Data Type::Metrics',
            'Supported OS::Linux',
            'Supported OS::Windows',
            'Supported OS::macOS',
        ],
    }
    assets = scaffold['assets']
    assets['integration']['metrics']['check'] = f'{name}.disk.in_use'
    assets['integration']['service_checks'] = {'metadata_path': 'assets/service_checks.json'}
    assets['dashboards'] = {f'{title} Overview': f'assets/dashboards/{name}_overview.json'}
    assets['monitors'] = {'A disk is almost full': 'assets/monitors/disk_in_use.json'}
    del assets['saved_views']
    return scaffold


def build(name: str, scratch: Path) -> None:
    """Make the integration in a copy of the repository, with everything in sync."""
    title = ' '.join(word.capitalize() for word in name.split('_'))
    ours = json.loads((ROOT / OURS / 'manifest.json').read_text())
    values = {
        'name': name,
        'dashed': name.replace('_', '-'),
        'title': title,
        'class': class_name(name),
        'today': datetime.date.today().isoformat(),
        'description': DESCRIPTION.rstrip('.'),
        'author': ours['author']['name'],
        'email': ours['author']['support_email'],
    }
    copy_repository(scratch)
    run_ddev(scratch, 'create', 'check', title)

    folder = scratch / name
    scaffold = json.loads((folder / 'manifest.json').read_text())
    shutil.rmtree(folder)
    # Where ddev writes the example.
    (folder / 'datadog_checks' / name / 'data').mkdir(parents=True)
    for path in sorted(TEMPLATE.rglob('*.jinja')):
        relative = path.relative_to(TEMPLATE).as_posix()
        target = folder / relative.replace('NAME', name).removesuffix('.jinja')
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(ENVIRONMENT.get_template(relative).render(values))
    # The order of imports depends on the name.
    ruff = [sys.executable, '-m', 'ruff']
    for arguments in (['check', '--quiet', '--fix', '--select', 'I'], ['format', '--quiet']):
        subprocess.run([*ruff, *arguments, str(folder)], cwd=scratch, check=True)
    text = json.dumps(manifest(scaffold, values, ours), indent=2, ensure_ascii=False)
    (folder / 'manifest.json').write_text(f'{text}\n')

    owners = scratch / CODEOWNERS
    [owner] = re.findall(rf'^/{OURS}/\s+(.+)$', owners.read_text(), re.MULTILINE)
    with owners.open('a') as file:
        file.write(f'{f"/{name}/":<15} {owner}\n')
    for kind in ('config', 'models'):
        run_ddev(scratch, 'validate', kind, name, '--sync')
    run_ddev(scratch, 'validate', 'ci', '--sync')


def install(name: str, scratch: Path) -> None:
    """Move the integration here. When anything fails, everything is as it was before."""
    before = {path: (ROOT / path).read_bytes() for path in SHARED if (ROOT / path).exists()}
    try:
        shutil.copytree(scratch / name, ROOT / name)
        for path in SHARED:
            if (scratch / path).exists():
                shutil.copyfile(scratch / path, ROOT / path)
    except BaseException:
        shutil.rmtree(ROOT / name, ignore_errors=True)
        for path, content in before.items():
            (ROOT / path).write_bytes(content)
        raise


@click.command()
@click.argument('name')
def main(name: str) -> None:
    """Make the integration NAME beside ours: a check, its assets, and its tests, all of them green."""
    require_name(name)
    click.echo(f'Making {name} with ddev (about 10 seconds) ...', err=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder).resolve()
        build(name, scratch)
        try:
            install(name, scratch)
        except OSError as error:
            raise click.ClickException(f'{error.filename} cannot be written: {error.strerror}') from None
    click.echo(
        f'{name}/ is ready. It submits {name}.disk.in_use.\n'
        f'  make run CHECK={name}    run the check\n'
        f'  make test CHECK={name}   run its tests and every validation\n'
        f'  make wheel CHECK={name}  build the wheel that an Agent installs\n'
        'Where to begin: docs/tutorial.md'
    )


if __name__ == '__main__':
    main()
