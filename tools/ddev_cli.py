"""Run ddev from the tools."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Validations that take no integration as their argument.
REPOSITORY_VALIDATIONS = {'ci', 'codeowners', 'dep'}


def ddev(
    folder: Path, *arguments: str, variables: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run ddev in a folder and return the completed process.

    `variables` are added to the environment. The options are those of `subprocess.run`.
    """
    # `.ddev.toml` may refer to `${PWD}`, which subprocess does not set.
    environment = {**os.environ, **(variables or {}), 'PWD': str(folder)}
    command = [sys.executable, '-m', 'ddev', *arguments]
    return subprocess.run(command, cwd=folder, env=environment, text=True, **options)


def validation(name: str, check: str = 'custom_check') -> list[str]:
    """Return the arguments of ddev that run a validation of an integration."""
    return ['validate', name] if name in REPOSITORY_VALIDATIONS else ['validate', name, check]
