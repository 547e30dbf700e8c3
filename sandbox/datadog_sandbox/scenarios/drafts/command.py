"""What `rehearse --init` does: write a scenario for each monitor."""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from datadog_sandbox import exports, monitors, query
from datadog_sandbox.exports import Export
from datadog_sandbox.scenarios.problems import ScenarioError
from datadog_sandbox.terminal import clean

from .search import draft
from .text import quoted

WRITTEN, LACKING, UNREADABLE = 0, 1, 2


def run(paths: Sequence[Path], folder: Path | None, console: Console, errors: Console) -> int:
    """Write scenarios beside the files of monitors, or into a folder; what is there is never overwritten.

    Return 0 when there is a scenario for each monitor, 1 when there is none for some, 2 when a file cannot be read.
    """
    code, counts = WRITTEN, {'written': 0, 'incomplete': 0, 'left': 0}
    for path in files(paths):
        try:
            contents = exports.read(path, 'monitor')
        except exports.ExportError as error:
            errors.print(clean(f'{path}: {error}'), soft_wrap=True, markup=False)
            code = UNREADABLE
            continue
        for export in contents:
            word, message = one(export, path, len(contents), folder)
            counts[word] += 1
            code = max(code, LACKING if word == 'left' else WRITTEN)
            if message:
                (console if word == 'written' else errors).print(clean(message), soft_wrap=True, markup=False)
    parts = [f'{counts["written"]} scenario{"s" * (counts["written"] != 1)} written']
    parts += [f'{counts["incomplete"]} without an alert and a recovery'] if counts['incomplete'] else []
    parts += [f'{counts["left"]} monitor{"s" * (counts["left"] != 1)} left out'] if counts['left'] else []
    where = ' '.join(dict.fromkeys(shlex.quote(str(folder or path.parent)) for path in files(paths)))
    hint = f' Read what they expect, and rehearse them: datadog-sandbox rehearse {where}' if counts['written'] else ''
    console.print(f'{", ".join(parts)}.{hint}', highlight=False, soft_wrap=True)
    return code


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and those in folders."""
    found = []
    for path in paths:
        found += sorted(file for file in path.iterdir() if file.suffix == '.json') if path.is_dir() else [path]
    return found


def one(export: Export, path: Path, siblings: int, folder: Path | None) -> tuple[str, str]:
    """Write the scenario of a monitor, and return what became of it with a message."""
    reason = export.problem or _refusal(export)
    if reason is not None:
        return 'left', f'{path}: {export.name}: {reason}'
    name = path.stem if siblings == 1 else re.sub(r'[^a-z0-9]+', '-', export.name.lower()).strip('-')[:60] or 'monitor'
    target = (folder or path.parent) / f'{name}.yaml'
    if target.exists():
        return 'left', f'{target} exists: it is not overwritten'
    target.parent.mkdir(parents=True, exist_ok=True)
    relative = os.path.relpath(path, target.parent)
    entry = quoted(relative) if siblings == 1 else f'{{file: {quoted(relative)}, only: [{quoted(_key(export))}]}}'
    try:
        made = draft(export.body, entry, target)
    except (query.QueryError, ScenarioError) as error:
        return 'left', f'{path}: {export.name}: {str(error).splitlines()[0]}'
    target.write_text(made.yaml, 'utf-8')
    if not made.complete:
        return 'incomplete', f'{target}: no input was found that makes it alert and recover: write it yourself'
    return 'written', f'{target}'


def _refusal(export: Export) -> str | None:
    if not isinstance(export.body, dict) or not isinstance(export.body.get('query'), str):
        return 'its query is missing'
    return monitors.refusal(export.body)


def _key(export: Export) -> str:
    return export.aliases[0] if export.aliases else export.name
