"""The table of functions in README.md: `python -m datadog_sandbox.query.reference README.md` writes it."""

import sys
from itertools import groupby
from pathlib import Path

from . import functions as functions
from .registry import FUNCTIONS, Function

BEGIN, END = '<!-- The table of functions begins: written by datadog_sandbox.query.reference -->', '<!-- It ends. -->'
# So many names of functions that do the same are written out.
MOST_NAMES = 6


def table() -> str:
    """Return the table in Markdown, one row for each function, or for those that differ in a number only."""
    head = ['| Category | Functions | What they do | Over single values | Values |', '| --- | --- | --- | --- | --- |']
    ordered = sorted(FUNCTIONS.values(), key=lambda function: (function.category, function.summary))
    return '\n'.join(
        head + [row([*alike]) for _, alike in groupby(ordered, lambda each: (each.category, each.summary))]
    )


def row(alike: list[Function]) -> str:
    usages = [f'`{function.usage}`' for function in alike]
    if len(usages) > MOST_NAMES:
        usages = [*usages[:2], '…', usages[-1]]
    first = alike[0]
    needs_time = not first.single_values and not first.reduces
    over_single_values = 'yes' if not needs_time else 'refused' if first.category == 'algorithms' else 'of its lines'
    values = 'approximated' if first.approximated else 'as documented'
    return f'| {first.category} | {", ".join(usages)} | {first.summary} | {over_single_values} | {values} |'


def written_into(document: str) -> str:
    """Return a document with the table between its two marks."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n\n{table()}\n\n{END}{after}'


if __name__ == '__main__':
    for path in map(Path, sys.argv[1:]):
        path.write_text(written_into(path.read_text(encoding='utf-8')), encoding='utf-8')
