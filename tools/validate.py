"""Run every ddev validation that applies to integrations-extras. A warning counts as a failure."""

import os
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

from tools.ddev_cli import PYTHON, quick_ddev, validation

ROOT = Path(__file__).parents[1]

# Validations that `ddev validate all` does not include.
EXTRA = ['dashboards', 'service-checks', 'typos']


def validate(name: str, check: str = 'custom_check') -> str:
    """Return the output of a validation of a check that failed or warned, or an empty string when it passed."""
    if name == 'typos':
        # `ddev validate typos` exits with 0 when it finds a typo and with 1 when it finds none.
        command = [str(PYTHON), '-m', 'codespell_lib', check]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    else:
        verbose = ['--verbose'] if name == 'integration-style' else []
        done = quick_ddev(ROOT, *validation(name, check), *verbose)
    output = done.stdout + done.stderr
    return output or 'no output' if done.returncode or 'warning' in output.lower() else ''


def main(check: str = 'custom_check') -> None:
    # ddev takes it for an integration without an owner.
    shutil.rmtree(ROOT / '__pycache__', ignore_errors=True)
    names = [*tomllib.loads((ROOT / '.ddev/config.toml').read_text())['validations'], *EXTRA]
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, problem in zip(names, pool.map(validate, names, repeat(check)), strict=True):
            print(f'{"FAIL" if problem else "ok":<5} ddev validate {name}', flush=True)
            if problem:
                failed.append(name)
                print(problem)
    print(f'{len(names) - len(failed)} of {len(names)} validations passed')
    sys.exit(bool(failed))


if __name__ == '__main__':
    main(*sys.argv[1:])
