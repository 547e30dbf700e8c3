"""Take a new integration back, as long as nobody has worked on it."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import click

from tools.ddev_cli import validation
from tools.scratch import SHARED, run_ddev, scratch
from tools.submit import CODEOWNERS

RECORDS = '.venv/new'
"""Where the files of a new integration are noted, to know later which of them were edited."""
LEFTOVERS = {'__pycache__', '.pytest_cache', '.ruff_cache', '.mypy_cache', '.hypothesis', 'build', 'dist'}
"""Folders that runs and tests make."""


def remember(root: Path, name: str) -> None:
    """Keep what the files of an integration are now."""
    record = root / RECORDS / f'{name}.json'
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(_digests(root / name)))


def undo(root: Path, name: str, force: bool) -> None:
    """Remove an integration that was made here, with its lines in the shared files.

    Raises `click.ClickException`, before anything changes, for one that was edited since, unless forced.
    """
    _require_unedited(root, name, force)
    with scratch(root) as folder:
        shutil.rmtree(folder / name)
        owners = folder / CODEOWNERS
        owners.write_text(re.sub(rf'^/{name}/.*\n', '', owners.read_text(), flags=re.MULTILINE))
        run_ddev(folder, *validation('ci', name), '--sync')
        for file in SHARED:
            if (folder / file).read_bytes() != (root / file).read_bytes():
                os.replace(folder / file, root / file)
    try:
        shutil.rmtree(root / name)
    except OSError as error:
        raise click.ClickException(f'{root / name} cannot be removed: {error.strerror}') from None
    (root / RECORDS / f'{name}.json').unlink(missing_ok=True)


def _require_unedited(root: Path, name: str, force: bool) -> None:
    if not re.fullmatch(r'[a-z0-9_]+', name) or not (root / name / 'manifest.json').is_file():
        raise click.ClickException(f'NAME is {name[:80]!r}, but must be an integration that make new made')
    if force:
        return
    record = root / RECORDS / f'{name}.json'
    if not record.is_file():
        raise click.ClickException(f'NAME is {name!r}, but must be an integration that make new made here')
    before, now = json.loads(record.read_text()), _digests(root / name)
    if edited := sorted(file for file in before.keys() | now.keys() if before.get(file) != now.get(file)):
        files = ', '.join(edited[:3]) + (f', and {len(edited) - 3} more' if len(edited) > 3 else '')
        raise click.ClickException(
            f'{name}/ was edited since it was made: {files}. To remove it all the same: '
            f'make new NAME={name} ARGS="--undo --force"'
        )


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob('*')
        if path.is_file() and not any(part in LEFTOVERS or part.endswith('.egg-info') for part in path.parts)
    }
