"""The documents and the workflows agree with the code."""

import re
import subprocess
from pathlib import Path

import yaml

from datadog_checks.custom_check import __version__

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / '.github/workflows'
TILE = ROOT / 'custom_check/README.md'
"""The text of the tile, whose form is Datadog's."""


def documents() -> list[Path]:
    """Return the Markdown files that git tracks."""
    tracked = subprocess.run(['git', 'ls-files', '*.md'], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in tracked.split()]


def test_actions_are_pinned_by_commit() -> None:
    uses = [
        line
        for path in WORKFLOWS.glob('*.yml')
        for line in path.read_text().splitlines()
        if re.match(r'.*\buses: (?!\./)', line)
    ]
    assert uses
    for line in uses:
        assert re.search(r'@[0-9a-f]{40}( # v[\d.]+)?$', line), line


def test_workflow_tests_the_agents_that_the_readmes_support() -> None:
    workflow = yaml.safe_load((WORKFLOWS / 'test.yml').read_text())
    newest, oldest = workflow['jobs']['docker']['strategy']['matrix']['agent']
    major, minor, _ = oldest.split('.')

    assert newest == major
    for readme in ('README.md', 'custom_check/README.md', 'deploy/README.md'):
        said = re.findall(r'(\d+\.\d+) or later', (ROOT / readme).read_text())
        assert f'{major}.{minor}' in said, readme
        assert {version for version in said if version.startswith('7.')} == {f'{major}.{minor}'}, readme


def test_changelog_starts_with_the_version() -> None:
    changelog = (ROOT / 'custom_check/CHANGELOG.md').read_text()

    assert re.findall(r'^## (\S+) / \d{4}-\d{2}-\d{2}$', changelog, re.MULTILINE)[0] == __version__


def test_documents_name_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE))
    for path in documents():
        for target in re.findall(r'`make ([a-z-]+)', path.read_text()):
            assert target in targets, f'{path} names make {target}'


def test_ci_and_the_workflow_run_the_same_tests() -> None:
    commands = re.findall(r'^make (?:--jobs=\d )?(.+)$', (ROOT / '.ci/run').read_text(), re.MULTILINE)
    # `log-` hides the output of a target that passes.
    targets = {target.removeprefix('log-') for command in commands for target in command.split()}
    jobs = yaml.safe_load((WORKFLOWS / 'test.yml').read_text())['jobs'].values()
    steps = [step.get('run') for job in jobs for step in job['steps']]

    assert targets
    assert {f'make {target}' for target in targets} <= set(steps)


def anchors(path: Path) -> set[str]:
    """Return the anchors of the headings of a document, as GitHub makes them."""
    headings = re.findall(r'^#+ (.+)$', path.read_text(), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


def test_local_links_lead_to_files_and_headings_that_exist() -> None:
    links = [
        (path, *link)
        for path in documents()
        for link in re.findall(r'\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)', path.read_text())
    ]
    assert len({target for _, target, _ in links}) > 20
    for path, target, anchor in links:
        file = path.parent / target if target else path
        assert file.exists(), f'{path} links to {target}'
        assert not anchor or anchor in anchors(file), f'{path} links to {target}#{anchor}'


def test_the_index_has_every_page_of_docs() -> None:
    linked = set(re.findall(r'\]\(([^)]+)\)', (ROOT / 'docs/README.md').read_text()))
    assert linked >= {path.name for path in (ROOT / 'docs').glob('*.md')} - {'README.md'}


def test_every_page_says_first_for_whom_it_is() -> None:
    for path in documents():
        if path != TILE and path.name != 'CHANGELOG.md':
            _, first, *_ = path.read_text().split('\n\n')
            assert first.startswith('For '), path
    assert 'This check is for teams that ' in TILE.read_text()


def test_a_page_of_several_sections_begins_with_its_contents() -> None:
    for path in documents():
        beginning, *_ = path.read_text().partition('\n## ')
        sections = re.findall(r'^## (.+)$', path.read_text(), re.MULTILINE)
        if len(sections) > 2 and path != TILE and path.name != 'CHANGELOG.md':
            assert [section for section in sections if f'[{section}](#' not in beginning] == [], path


def test_anatomy_has_one_line_for_each_file() -> None:
    tracked = subprocess.run(['git', 'ls-files'], cwd=ROOT / 'custom_check', check=True, capture_output=True, text=True)
    described = re.findall(r'^\| `([^`]+)` \|', (ROOT / 'docs/anatomy.md').read_text(), re.MULTILINE)

    assert len(described) == len(set(described))
    assert set(described) == set(tracked.stdout.split())


def test_anatomy_marks_the_generated_files() -> None:
    text = (ROOT / 'docs/anatomy.md').read_text()
    marked = set(re.findall(r'^\| `([^`]+)` \| \*generated\*', text, re.MULTILINE))
    generated = {
        str(path.relative_to(ROOT / 'custom_check'))
        for path in (ROOT / 'custom_check/datadog_checks').rglob('*.py')
        if 'This file is autogenerated.' in path.read_text()
    }

    assert marked == generated | {'datadog_checks/custom_check/data/conf.yaml.example'}
