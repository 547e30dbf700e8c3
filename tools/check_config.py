"""Say what is wrong with a conf.yaml, each thing once."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from tools.configuration import Finding, load

MOST = 3
"""Findings that differ only in the number of their instance and that are still shown each."""


def collapsed(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield a line for each finding; of more than `MOST` that are alike, the first, with the number of the others."""
    alike: dict[tuple[bool, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.is_warning, re.sub(r'^instance \d+: ', '', finding.text)), []).append(finding)
    listed = [item for group in alike.values() for item in (group if len(group) <= MOST else group[:1])]
    for finding in sorted(listed, key=lambda finding: finding.line or 0):
        group = alike[finding.is_warning, re.sub(r'^instance \d+: ', '', finding.text)]
        more = f'; the same of {len(group) - 1:,} more instances, down to line {group[-1].line}'
        yield f'{finding}{more if len(group) > MOST else ""}'


@click.command()
@click.argument('path', type=click.Path(path_type=Path))
def main(path: Path) -> None:
    """Print what is wrong with the conf.yaml at PATH, a line each. Exit 1 if an Agent could not run all of it."""
    configuration = load(path)
    for line in collapsed(configuration.findings):
        click.echo(line)
    if not configuration.findings:
        count = len(configuration.instances)
        click.echo(f'No problems: {count:,} {"instance" if count == 1 else "instances"}.')
    sys.exit(not configuration.is_valid)


if __name__ == '__main__':
    main()
