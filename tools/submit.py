"""Copy the integration to a clone of integrations-extras, and run that repository's checks there."""

import filecmp
import re
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

import click

from tools.ddev_cli import ddev, validation

ROOT = Path(__file__).parents[1]
CHECK = 'custom_check'
BRANCH = f'add-{CHECK}'
CODEOWNERS = '.github/CODEOWNERS'

# Files that this tool writes in the clone. Any other change there was made by somebody else.
WRITTEN = [CHECK, CODEOWNERS, '.github/workflows/test-all.yml', '.github/workflows/test-all-windows.yml']

# The validations in .github/workflows/validate.yml of integrations-extras.
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
    """Run git in a folder and return its output. Raises `click.ClickException` with its error message."""
    done = subprocess.run(['git', '-C', str(folder), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(f'git {" ".join(arguments)} in {folder}: {done.stderr.strip()}')
    return done.stdout


def submitted() -> list[Path]:
    """Return the paths of the files to submit: those that git tracks, relative to the root of the repository."""
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
    """Raise `click.ClickException` when the copy would overwrite changes, or mix with them."""
    changed = git(extras, 'status', '--porcelain', '--', '.', *(f':!{path}' for path in WRITTEN))
    if changed:
        raise click.ClickException(f'{extras} has changes of its own; commit or stash them first:\n{changed.rstrip()}')

    copied = extras / CHECK
    if replace or not copied.exists():
        return
    names = {str(path) for path in submitted()}
    files = {name for name in git(extras, 'ls-files', '-z', '-co', '--exclude-standard', CHECK).split('\0') if name}
    differs = sorted(names ^ files | {n for n in names & files if not filecmp.cmp(ROOT / n, extras / n, shallow=False)})
    if differs:
        raise click.ClickException(
            f'{copied} exists and differs in {", ".join(differs[:5])}{" ..." if len(differs) > 5 else ""}; '
            'to replace it, add --replace'
        )


def copy(extras: Path) -> None:
    """Replace the folder in the clone by an exact copy of ours, on a branch for it."""
    if git(extras, 'branch', '--show-current').strip() != BRANCH:
        new = not git(extras, 'branch', '--list', BRANCH)
        git(extras, 'switch', *(['--create'] if new else []), BRANCH)
    shutil.rmtree(extras / CHECK, ignore_errors=True)
    for path in submitted():
        (extras / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, extras / path)


def add_code_owner(extras: Path, check: str = CHECK) -> None:
    """Add a line to CODEOWNERS for a check, in alphabetical order. An existing line stays as it is."""
    file = extras / CODEOWNERS
    lines = file.read_text().splitlines(keepends=True)
    entries = {match[1]: i for i, line in enumerate(lines) if (match := re.match(r'/([\w.-]+)/\s', line))}
    if check in entries:
        return
    [owner] = re.findall(rf'^/{CHECK}/\s+(.+)$', (ROOT / CODEOWNERS).read_text(), re.MULTILINE)
    before = max((name for name in entries if name < check), default=None)
    lines.insert(entries[before] + 1 if before else len(lines), f'{f"/{check}/":<40} {owner}\n')
    file.write_text(''.join(lines))


def run_checks(extras: Path) -> None:
    """Run the validations and tests that the workflows of integrations-extras run for an integration.

    Raises `click.ClickException` after the first one that fails, whose output is then on the screen.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / 'config.toml'
        config.write_text(f"repo = 'extras'\n[repos]\nextras = '{extras}'\n")
        for command in [validation('ci') + ['--sync'], *map(validation, VALIDATIONS), ['test', CHECK]]:
            click.secho(f'ddev {" ".join(command)}', bold=True)
            if ddev(extras, *command, variables={'DDEV_CONFIG': str(config)}).returncode:
                raise click.ClickException(
                    f'`ddev {" ".join(command)}` failed in {extras}, on the branch {BRANCH}; '
                    'correct the cause and run this again'
                )


@click.command()
@click.argument('extras', type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option('--replace', is_flag=True, help=f'Replace {CHECK} in the clone if it differs.')
def main(extras: Path, replace: bool) -> None:
    """Copy the integration to EXTRAS, a clone of integrations-extras, and run the checks of its workflows there."""
    extras = extras.resolve()
    require_extras(extras)
    require_clean(extras, replace)
    copy(extras)
    add_code_owner(extras)
    run_checks(extras)
    click.secho(f'\n{CHECK} passes in {extras}, on the branch {BRANCH}. What is left to do:', bold=True)
    click.echo(
        f'  1. In {CODEOWNERS}, name a GitHub user or team that exists as the owner of /{CHECK}/.\n'
        f'  2. Does the address in {CHECK}/manifest.json end with .invalid? Fill in its `author` here, run make '
        'maintainer, and run this again with ARGS=--replace.\n'
        f'  3. Review it: git -C {extras} status && git -C {extras} diff\n'
        f'  4. Commit it, push the branch to your fork, and open a pull request.'
    )


if __name__ == '__main__':
    main()
