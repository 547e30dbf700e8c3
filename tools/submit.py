"""Put the integration into a clone of integrations-extras, and prove it there."""

import filecmp
import re
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

import click
from ddev_cli import ddev, validation

ROOT = Path(__file__).parents[1]
CHECK = 'custom_check'
BRANCH = f'add-{CHECK}'
CODEOWNERS = '.github/CODEOWNERS'

# What is written into the clone, so that a second run takes what the first one wrote for no change of a person's.
OURS = [CHECK, CODEOWNERS, '.github/workflows/test-all.yml', '.github/workflows/test-all-windows.yml']

# What the workflow .github/workflows/validate.yml of integrations-extras runs.
VALIDATIONS = [
    'ci',
    'codeowners',
    'config',
    'imports',
    'integration-style',
    'jmx-metrics',
    'legacy-signature',
    'metadata',
    'models',
    'package',
    'readmes',
]


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints in a folder. Raises `click.ClickException` with git's own words."""
    done = subprocess.run(['git', '-C', str(folder), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(f'git {" ".join(arguments)} in {folder}: {done.stderr.strip()}')
    return done.stdout


def submitted() -> list[Path]:
    """Return the paths of what is submitted: what git tracks, relative to the root of either repository."""
    return [Path(name) for name in git(ROOT, 'ls-files', '-z', CHECK).split('\0') if name]


def require_extras(extras: Path) -> None:
    """Raise `click.ClickException` when the folder is not the root of a clone of integrations-extras."""
    pyproject = extras / 'pyproject.toml'
    repo = (
        tomllib.loads(pyproject.read_text()).get('tool', {}).get('ddev', {}).get('repo') if pyproject.exists() else ''
    )
    if repo != 'extras' or not (extras / '.git').exists() or not (extras / CODEOWNERS).exists():
        raise click.ClickException(f'EXTRAS is {extras}, but must be the root of a clone of integrations-extras')


def require_clean(extras: Path, replace: bool) -> None:
    """Raise `click.ClickException` when something in the clone would be lost or mixed in."""
    changed = git(extras, 'status', '--porcelain', '--', '.', *(f':!{path}' for path in OURS))
    if changed:
        raise click.ClickException(f'{extras} has changes of its own; commit or stash them first:\n{changed.rstrip()}')

    there = extras / CHECK
    if replace or not there.exists():
        return
    names = {str(path) for path in submitted()}
    found = {name for name in git(extras, 'ls-files', '-z', '-co', '--exclude-standard', CHECK).split('\0') if name}
    differs = sorted(names ^ found | {n for n in names & found if not filecmp.cmp(ROOT / n, extras / n, shallow=False)})
    if differs:
        raise click.ClickException(
            f'{there} exists and differs in {", ".join(differs[:5])}{" ..." if len(differs) > 5 else ""}; '
            'to replace it, add --replace'
        )


def copy(extras: Path) -> None:
    """Make the folder in the clone the same as ours, to the file."""
    if git(extras, 'branch', '--show-current').strip() != BRANCH:
        new = not git(extras, 'branch', '--list', BRANCH)
        git(extras, 'switch', *(['--create'] if new else []), BRANCH)
    shutil.rmtree(extras / CHECK, ignore_errors=True)
    for path in submitted():
        (extras / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, extras / path)


def own(extras: Path) -> None:
    """Add our line of CODEOWNERS where the alphabet has it; a line that is there stays as it is."""
    file = extras / CODEOWNERS
    lines = file.read_text().splitlines(keepends=True)
    entries = {match[1]: i for i, line in enumerate(lines) if (match := re.match(r'/([\w.-]+)/\s', line))}
    if CHECK in entries:
        return
    [owner] = re.findall(rf'^/{CHECK}/\s+(.+)$', (ROOT / CODEOWNERS).read_text(), re.MULTILINE)
    before = max((name for name in entries if name < CHECK), default=None)
    lines.insert(entries[before] + 1 if before else len(lines), f'{f"/{CHECK}/":<40} {owner}\n')
    file.write_text(''.join(lines))


def prove(extras: Path) -> None:
    """Run what the workflows of integrations-extras run for this integration.

    Raises `click.ClickException` at the first that fails, whose output is then on the screen.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / 'config.toml'
        config.write_text(f"repo = 'extras'\n[repos]\nextras = '{extras}'\n")
        for command in [validation('ci') + ['--sync'], *map(validation, VALIDATIONS), ['test', CHECK]]:
            click.secho(f'ddev {" ".join(command)}', bold=True)
            if ddev(extras, *command, variables={'DDEV_CONFIG': str(config)}).returncode:
                raise click.ClickException(
                    f'`ddev {" ".join(command)}` failed in {extras}, branch {BRANCH}. Correct it and run again.'
                )


@click.command()
@click.argument('extras', type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option('--replace', is_flag=True, help=f'Replace a {CHECK} that is there and differs.')
def main(extras: Path, replace: bool) -> None:
    """Copy the integration into EXTRAS, a clone of integrations-extras, and run its workflows' checks there."""
    extras = extras.resolve()
    require_extras(extras)
    require_clean(extras, replace)
    copy(extras)
    own(extras)
    prove(extras)
    click.secho(f'\n{CHECK} passes in {extras}, on the branch {BRANCH}. What is left for you:', bold=True)
    click.echo(
        f'  1. In {CODEOWNERS}, name a GitHub user or team that exists as the owner of /{CHECK}/.\n'
        f'  2. In {CHECK}/manifest.json and pyproject.toml, replace the .invalid address by one that is read.\n'
        f'  3. Look at it: git -C {extras} status && git -C {extras} diff\n'
        f'  4. Commit it, push the branch to your fork, and open a pull request.'
    )


if __name__ == '__main__':
    main()
