"""How the tools call ddev."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Those of its validations that take no integration.
OF_THE_WHOLE_REPOSITORY = {'ci', 'codeowners', 'dep'}


def ddev(
    folder: Path, *arguments: str, variables: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run ddev in a folder, with further environment variables, and return how it ended.

    The options are those of `subprocess.run`.
    """
    # A `.ddev.toml` may name the repository by its working folder, which a change of folder alone does not move.
    environment = {**os.environ, **(variables or {}), 'PWD': str(folder)}
    command = [sys.executable, '-m', 'ddev', *arguments]
    return subprocess.run(command, cwd=folder, env=environment, text=True, **options)


def validation(name: str) -> list[str]:
    """Return the arguments with which ddev runs a validation for the integration."""
    return ['validate', name] if name in OF_THE_WHOLE_REPOSITORY else ['validate', name, 'custom_check']
