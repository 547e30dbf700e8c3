"""What `rehearse --init` does: write a scenario for each monitor."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from datadog_sandbox import exports, monitors, query
from datadog_sandbox.exports import Export
from datadog_sandbox.scenarios.composites import names
from datadog_sandbox.scenarios.problems import ScenarioError
from datadog_sandbox.scenarios.recognition import is_scenario
from datadog_sandbox.terminal import clean

from .search import Subject, draft
from .text import Entry

WRITTEN, LACKING, UNREADABLE = 0, 1, 2


class Exported(NamedTuple):
    """A monitor of a file."""

    path: Path
    export: Export
    alone: bool
    """Whether it is the only monitor of its file."""

    @property
    def names(self) -> tuple[str, ...]:
        """What a composite may call it."""
        return (*self.export.aliases, self.export.name, *([self.path.stem] if self.alone else []))

    def entry(self, folder: Path) -> Entry:
        """Return it as a scenario in a folder names it."""
        key = self.export.aliases[0] if self.export.aliases else self.export.name
        file = os.path.relpath(self.path, folder)
        return Entry(file, '', self.path.stem) if self.alone else Entry(file, key, key)


class RefusedError(Exception):
    """Says in one line why there is no scenario for a monitor."""


def run(paths: Sequence[Path], folder: Path | None, console: Console, errors: Console) -> int:
    """Write scenarios beside the files of monitors, or into a folder; what is there is never overwritten.

    Return 0 when there is a scenario for each monitor, 1 when there is none for some, 2 when a file cannot be read.
    """
    exported, code = read(paths, errors)
    counts = {'written': 0, 'incomplete': 0, 'left': 0}
    for each in exported:
        word, message = write(each, exported, folder)
        counts[word] += 1
        code = max(code, LACKING if word == 'left' else WRITTEN)
        (console if word == 'written' else errors).print(clean(message), soft_wrap=True, markup=False)
    where = ' '.join(dict.fromkeys(shlex.quote(str(folder or each.path.parent)) for each in exported))
    console.print(summary(counts, where), highlight=False, soft_wrap=True)
    return code


def summary(counts: Mapping[str, int], where: str) -> str:
    """Return what was written in one line, and what to do with it."""
    written = counts['written'] + counts['incomplete']
    parts = [f'{written} scenario{"s" * (written != 1)} written']
    parts += [f'{counts["incomplete"]} of them without an alert and a recovery'] if counts['incomplete'] else []
    parts += [f'{counts["left"]} monitor{"s" * (counts["left"] != 1)} left out'] if counts['left'] else []
    hint = f' Read what they expect, and rehearse them: datadog-sandbox rehearse {where}' if written else ''
    return f'{", ".join(parts)}.{hint}'


def files(path: Path) -> list[Path]:
    """Return a file, or the files of a folder that may hold monitors."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in exports.SUFFIXES and not is_scenario(file))


def read(paths: Sequence[Path], errors: Console) -> tuple[list[Exported], int]:
    """Return the monitors of files and folders, and the exit code for those that cannot be read."""
    exported: list[Exported] = []
    code = WRITTEN
    for path in paths:
        before, was = len(exported), code
        for file in files(path):
            try:
                # A file that is named is one of monitors, even if it hardly looks so.
                contents = exports.read(file, None if path.is_dir() else 'monitor')
                contents = [export for export in contents if export.kind == 'monitor']
            except exports.ExportError as error:
                # A folder may hold other files, too.
                if not (error.empty and path.is_dir()):
                    errors.print(clean(f'{file}: {error}'), soft_wrap=True, markup=False)
                    code = UNREADABLE
                continue
            exported += [Exported(file, export, len(contents) == 1) for export in contents]
        if len(exported) == before and code == was:
            errors.print(clean(f'{path}: there is no monitor in it'), soft_wrap=True, markup=False)
            code = UNREADABLE
    return exported, code


def write(exported: Exported, others: Sequence[Exported], folder: Path | None) -> tuple[str, str]:
    """Write the scenario of a monitor, and return what became of it with a message."""
    path, export, _ = exported
    name = path.stem if exported.alone else re.sub(r'[^a-z0-9]+', '-', export.name.lower()).strip('-')[:60] or 'monitor'
    target = (folder or path.parent) / f'{name}.yaml'
    if target.absolute() == path.absolute():
        target = target.with_stem(f'{name}-rehearsal')
    try:
        subject = subject_of(exported, others, target.parent)
        if target.exists():
            return 'left', f'{target} exists: it is not overwritten'
        target.parent.mkdir(parents=True, exist_ok=True)
        scenario = draft(subject, target)
    except (query.QueryError, ScenarioError, RefusedError) as error:
        return 'left', f'{path}: {export.name}: {str(error).splitlines()[0]}'
    target.write_text(scenario.yaml, 'utf-8')
    if not scenario.complete:
        return 'incomplete', f'{target}: no input was found that makes it alert and recover: write it yourself'
    return 'written', f'{target}'


def subject_of(exported: Exported, others: Sequence[Exported], folder: Path) -> Subject:
    """Return a monitor with those that it combines, which are among the others. Raises `RefusedError`."""
    body, problem = exported.export.body, exported.export.problem
    if problem or not isinstance(body, dict) or not isinstance(body.get('query'), str):
        raise RefusedError(problem or 'its query is missing')
    if body.get('type') != 'composite':
        if (reason := monitors.refusal(body)) is not None:
            raise RefusedError(reason)
        return Subject(body, exported.entry(folder))
    if not others:
        raise RefusedError('composites of composites are not drafted')
    members = []
    for name in names(body['query']):
        matching = [other for other in others if name in other.names]
        if len(matching) != 1:
            many = 'more than one is' if matching else 'none is'
            raise RefusedError(f'it combines the monitor {name!r}, but {many} in the files that are named')
        try:
            member = subject_of(matching[0], [], folder)
        except RefusedError as error:
            raise RefusedError(f'it combines {name!r}: {error}') from None
        members.append(member)
    if not members:
        raise RefusedError('its query names no monitor')
    return Subject(body, exported.entry(folder), members)
