"""The documents of the sandbox say what is so."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
PACKAGE = FOLDER / 'datadog_sandbox'
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


def imported(path: Path) -> set[str]:
    """Return the modules and packages of the sandbox that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ''
            if node.level and path.parent == PACKAGE:
                module = f'datadog_sandbox.{module}'
            package, _, name = module.strip('.').partition('.')
            if package == 'datadog_sandbox':
                found |= {name.partition('.')[0]} if name else {alias.name for alias in node.names}
    return found


def test_the_readme_lists_the_modules_in_the_order_of_their_imports() -> None:
    section = (FOLDER / 'README.md').read_text().partition('## How it is built')[2].partition('\n## ')[0]
    rows = [re.findall(r'`(\w+)(?:\.py|/)`', line.split('|')[1]) for line in section.splitlines() if line[:2] == '| ']
    place = {name: row for row, names in enumerate(rows) for name in names}
    files = [path for path in PACKAGE.rglob('*.py') if path.name != '__init__.py' or path.parent != PACKAGE]
    owners = {path: path.relative_to(PACKAGE).parts[0].removesuffix('.py') for path in files}
    assert set(place) == set(owners.values()) - {'payload_pb2'}

    upward = [
        f'{path.relative_to(PACKAGE)} imports {name}'
        for path, owner in owners.items()
        for name in imported(path) & set(place)
        if owner in place and place[name] > place[owner]
    ]
    assert upward == []
