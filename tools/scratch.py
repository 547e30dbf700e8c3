"""A copy of what the repository has for all of its integrations, in which ddev can generate files."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tools.ddev_cli import quick_ddev
from tools.submit import CODEOWNERS

CONFIG = "repo = 'extras'\n[repos]\nextras = '${PWD}'\n"
SHARED = [CODEOWNERS, '.github/workflows/test-all.yml', '.github/workflows/test-all-windows.yml']
"""The files that have a line or a job for each integration."""


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """Copy the integrations of a repository, and what their shared files are made from; remove the copy at the end."""
    # On the same disk as the repository, so that the last step is one rename.
    with tempfile.TemporaryDirectory(prefix='.new-', dir=root) as name:
        folder = Path(name)
        (folder / '.ddev.toml').write_text(CONFIG)
        shutil.copy(root / 'pyproject.toml', folder)
        for existing in ['.github', '.ddev', *(path.parent.name for path in root.glob('*/manifest.json'))]:
            ignore = shutil.ignore_patterns('__pycache__', '.*cache')
            shutil.copytree(root / existing, folder / existing, ignore=ignore)
        yield folder


def run_ddev(folder: Path, *command: str) -> None:
    """Run ddev in a folder. Raises `click.ClickException` with its output when it fails."""
    done = quick_ddev(folder, *command, variables={'DDEV_CONFIG': str(folder / '.ddev.toml')})
    if done.returncode:
        raise click.ClickException(f'`ddev {" ".join(command)}` failed:\n{(done.stdout + done.stderr).strip()}')
