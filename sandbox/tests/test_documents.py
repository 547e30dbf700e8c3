"""The documents of the sandbox say what is so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
PAGE = (FOLDER.parent / 'docs/library.md').read_text()
EXAMPLES = re.findall(r'```python\n(.*?)```\n+It prints(?: `(.*?)`\.|\s+```text\n(.*?)```)', PAGE, re.DOTALL)


def test_each_example_says_what_it_prints() -> None:
    assert len(EXAMPLES) == PAGE.count('```python') == 3


@pytest.mark.parametrize(('program', 'line', 'lines'), EXAMPLES, ids=('program', 'application', 'data'))
def test_the_examples(program: str, line: str, lines: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ((line or lines).strip(), '')


def test_the_changelog_starts_with_the_version() -> None:
    version = tomllib.loads((FOLDER / 'pyproject.toml').read_text())['project']['version']
    assert (
        re.findall(r'^## (\S+) / \d{4}-\d{2}-\d{2}$', (FOLDER / 'CHANGELOG.md').read_text(), re.MULTILINE)[0] == version
    )


def test_files_that_contributing_names_are_there() -> None:
    page = (FOLDER / 'CONTRIBUTING.md').read_text()
    named = re.findall(r'`((?:tests|\w+)/[\w/.]+\.py)`', page)
    assert len(named) > 20
    for name in named:
        assert (FOLDER / name).is_file() or (FOLDER / 'datadog_sandbox' / name).is_file(), name
