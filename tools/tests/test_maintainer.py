"""The maintainer is named in one place, and the same everywhere."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from tools import maintainer


def authors(path: Path) -> list[dict[str, str]]:
    return tomllib.loads(path.read_text())['project']['authors']


def test_every_file_names_the_author_of_the_manifest() -> None:
    author = json.loads(maintainer.MANIFEST.read_text())['author']
    for path in maintainer.PROJECTS:
        assert authors(path) == [{'name': author['name'], 'email': author['support_email']}], path


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the files that name the maintainer."""
    for path in [maintainer.MANIFEST, *maintainer.PROJECTS]:
        target = tmp_path / path.relative_to(maintainer.ROOT)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    monkeypatch.setattr(
        maintainer, 'PROJECTS', [tmp_path / it.relative_to(maintainer.ROOT) for it in maintainer.PROJECTS]
    )
    monkeypatch.setattr(maintainer, 'MANIFEST', tmp_path / 'custom_check/manifest.json')
    monkeypatch.setattr(maintainer, 'ROOT', tmp_path)
    return tmp_path


def test_a_new_maintainer_is_written_to_all_and_nothing_else_changes(copy: Path) -> None:
    manifest = json.loads(maintainer.MANIFEST.read_text())
    manifest['author'] |= {'name': 'Zoë "Z" Doe', 'support_email': 'zoe@example.com'}
    maintainer.MANIFEST.write_text(json.dumps(manifest))
    before = {path: tomllib.loads(path.read_text()) for path in maintainer.PROJECTS}

    result = CliRunner().invoke(maintainer.main)

    assert result.exit_code == 0
    assert result.output.splitlines()[0] == 'custom_check/pyproject.toml: Zoë "Z" Doe <zoe@example.com>'
    for path, document in before.items():
        document['project']['authors'] = [{'name': 'Zoë "Z" Doe', 'email': 'zoe@example.com'}]
        assert tomllib.loads(path.read_text()) == document


def test_a_placeholder_is_refused_and_changes_nothing(copy: Path) -> None:
    before = [path.read_text() for path in maintainer.PROJECTS]

    result = CliRunner().invoke(maintainer.main)

    assert (result.exit_code, [path.read_text() for path in maintainer.PROJECTS]) == (1, before)
    assert result.output == (
        "Error: `author.support_email` in custom_check/manifest.json is 'maintainers@custom-check.invalid', "
        'but must be an address that somebody reads.\n'
    )
