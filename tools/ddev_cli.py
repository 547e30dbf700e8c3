"""Run ddev from the tools."""

import multiprocessing
import os
import subprocess
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from functools import cache
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
    command = [sys.executable, '-m', 'ddev', *arguments]
    return subprocess.run(command, cwd=folder, env=_environment(folder, variables), text=True, **options)


def quick_ddev(
    folder: Path, *arguments: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Do what `ddev` does, in a new process that begins with ddev imported: the import takes longer than most commands.

    The output is captured.
    """
    return _pool().submit(_invoke, folder, arguments, _environment(folder, variables)).result()


def _environment(folder: Path, variables: dict[str, str] | None) -> dict[str, str]:
    # `.ddev.toml` may refer to `${PWD}`, which nothing else sets.
    return {**os.environ, **(variables or {}), 'PWD': str(folder)}


@cache
def _pool() -> ProcessPoolExecutor:
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['ddev.cli'])
    return ProcessPoolExecutor(os.cpu_count(), mp_context=context, max_tasks_per_child=1)


def _invoke(folder: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    from click.testing import CliRunner
    from ddev.cli import ddev

    os.chdir(folder)
    result = CliRunner(env=environment).invoke(ddev, arguments, prog_name='ddev')
    is_bug = result.exception and not isinstance(result.exception, SystemExit)
    error = ''.join(traceback.format_exception(result.exception)) if is_bug else ''
    return subprocess.CompletedProcess(arguments, result.exit_code, result.output, error)


def validation(name: str, check: str = 'custom_check') -> list[str]:
    """Return the arguments of ddev that run a validation of an integration."""
    return ['validate', name] if name in REPOSITORY_VALIDATIONS else ['validate', name, check]
