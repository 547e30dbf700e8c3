"""Write the maintainer of the integration, from its manifest, to the other files that name one."""

import json
import re
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / 'custom_check/manifest.json'
PROJECTS = [ROOT / f'{folder}/pyproject.toml' for folder in ('custom_check', 'publish', 'sandbox')]
PLACEHOLDER = '.invalid'
"""The end of an address that RFC 2606 reserves, so that nobody has it."""


def with_author(text: str, name: str, address: str) -> str:
    """Return the text of a pyproject.toml with the name and the address as its only author."""
    author = f'    {{ name = {json.dumps(name, ensure_ascii=False)}, email = {json.dumps(address)} }},\n'
    text, count = re.subn(r'(?<=^authors = \[\n).*?(?=^\])', lambda _: author, text, flags=re.MULTILINE | re.DOTALL)
    if count != 1:
        raise click.ClickException('a pyproject.toml has no list of authors to write to.')
    return text


@click.command()
def main() -> None:
    """Write the name and the address of `author` in the manifest to each pyproject.toml."""
    author = json.loads(MANIFEST.read_text())['author']
    if author['support_email'].endswith(PLACEHOLDER):
        raise click.ClickException(
            f'`author.support_email` in {MANIFEST.relative_to(ROOT)} is {author["support_email"]!r}, '
            'but must be an address that somebody reads.'
        )
    # All of them before any is written.
    texts = {path: with_author(path.read_text(), author['name'], author['support_email']) for path in PROJECTS}
    for path, text in texts.items():
        path.write_text(text)
        click.echo(f'{path.relative_to(ROOT)}: {author["name"]} <{author["support_email"]}>')


if __name__ == '__main__':
    main()
