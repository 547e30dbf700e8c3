"""The monitors and downtimes of a scenario, from files or written in it."""

import glob
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from datadog_sandbox import downtimes, exports, monitors, notifications, validation
from datadog_sandbox.exports import Export, Kind

from . import messages, resources
from .composites import named_by_id
from .problems import Location, Problem
from .source import Source

# `@slack-ops`, also with variables in it; with a second @ it is an address. What braces hold is no handle, such as the
# facet of `{{[@http.status_code].name}}`.
HANDLE = re.compile(r'\{\{[^{}]*\}\}|(?<![\w.@+-])@((?:[\w.+-]|\{\{(?!\s*else\s*\}\})[^{}#^/!]*\}\})++)(?!@)', re.ASCII)
STAND_IN = '@handle.invalid'
"""The account mails only addresses: a handle becomes one of this domain, and is shown as a handle again."""
SETTLED = timedelta(days=28)
"""How long before a test a downtime was created, if it has no time of creation."""
MOST_OFFERED = 20
"""How many monitors an error names."""


class Monitor(NamedTuple):
    """A monitor to rehearse."""

    names: tuple[str, ...]
    """The names that tests may use; the first is the one to show."""
    body: dict[str, Any]


class Unevaluated(NamedTuple):
    """A monitor in a file that cannot be rehearsed."""

    names: tuple[str, ...]
    reason: str


class NamedDowntime(NamedTuple):
    """A downtime to schedule."""

    name: str
    body: resources.Downtime


class Assets(NamedTuple):
    """The monitors and downtimes of a scenario."""

    monitors: list[Monitor]
    unevaluated: list[Unevaluated]
    downtimes: list[NamedDowntime]
    files: list[Path]
    """The files that were read."""

    @property
    def notes(self) -> list[str]:
        """Monitors that are not rehearsed, and why."""
        return [f'{monitor.names[0]!r} is not evaluated: {monitor.reason}' for monitor in self.unevaluated]

    def find(self, name: str | None) -> Monitor:
        """Return the monitor with a name, or the only one. Raises `ValueError`."""
        matching = [monitor for monitor in self.monitors if name is None or name in monitor.names]
        if len(matching) == 1:
            return matching[0]
        if name is not None and not matching:
            for monitor in self.unevaluated:
                if name in monitor.names:
                    raise ValueError(f'{name!r} is not evaluated: {monitor.reason}')
        allowed = ', '.join(map(repr, self._unambiguous_names()[:MOST_OFFERED]))
        more = len(self.monitors) - MOST_OFFERED
        allowed += f', and {more} more' if more > 0 else ''
        if name is None:
            raise ValueError(f'a monitor must be named: one of {allowed}')
        raise ValueError(f'{name!r} is {"more than one" if matching else "no"} monitor; there are {allowed}')

    def _unambiguous_names(self) -> list[str]:
        """Return a name of each monitor, if possible one that no other monitor has."""
        names = [name for monitor in self.monitors for name in set(monitor.names)]
        return [
            next((name for name in monitor.names if names.count(name) == 1), monitor.names[0])
            for monitor in self.monitors
        ]


def load(source: Source) -> tuple[Assets, list[Problem]]:
    """Return the monitors and downtimes of a scenario, and the problems with them."""
    loader = _Loader(source)
    for index, entry in enumerate(source.scenario.monitors):
        where: Location = ('monitors', index)
        if isinstance(entry, resources.MonitorFile):
            loader.monitor_file(entry, where)
        else:
            loader.report_unknown(entry, where)
            loader.add_monitor(entry, where, None, ())
    for index, downtime in enumerate(source.scenario.downtimes):
        where = ('downtimes', index)
        if isinstance(downtime, resources.AssetFile):
            for path, contents in loader.files(where, downtime.file, 'downtime'):
                for export in contents:
                    loader.exported_downtime(export, where, path)
        else:
            loader.report_unknown(downtime, where)
            inner = downtime.data if isinstance(downtime, resources.DowntimeBody) else downtime
            inner = inner.attributes if isinstance(inner, resources.DowntimeResource) else inner
            loader.add_downtime(inner, where, None)
    loader.finish()
    return Assets(loader.monitors, loader.unevaluated, loader.downtimes, loader.read), loader.problems


class _Loader:
    """Collects monitors, downtimes, and problems."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.read: list[Path] = []
        self.monitors: list[Monitor] = []
        self.unevaluated: list[Unevaluated] = []
        self.downtimes: list[NamedDowntime] = []
        self._ids: set[int] = set()
        self._composites: list[tuple[Location, Monitor, resources.Monitor]] = []

    def wrong(self, where: Location, message: str, path: Path | None = None) -> None:
        """Add a problem; one of a file has the line of the scenario that names the file."""
        self.problems.append(self.source.problem(where, f'{path}: {message}' if path else message))

    def report_unknown(self, body: BaseModel, where: Location) -> None:
        """Add a problem for each key that Datadog does not have."""
        for place, message in messages.unknown(body, where):
            self.wrong(place, message)

    def files(self, where: Location, pattern: str, kind: Kind) -> Iterator[tuple[Path, list[Export]]]:
        """Yield the files that a pattern matches, with what each of them holds of a kind."""
        folder = self.source.path.parent
        # First as a name: it may have brackets in it.
        names = [pattern]
        if not (folder / pattern).is_file():
            names = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
        if not names:
            self.wrong(where, f'there is no file {pattern!r} in {folder.resolve()}')
        for name in names:
            path = folder / name
            self.read.append(path)
            try:
                yield path, exports.read(path, kind)
            except exports.ExportError as error:
                self.wrong(where, str(error), path)

    def monitor_file(self, entry: resources.MonitorFile, where: Location) -> None:
        """Add the monitors in files: all, or those that the entry names."""
        wanted = dict.fromkeys(map(str, entry.only or ()), 0)
        for path, contents in self.files(where, entry.file, 'monitor'):
            for export in contents:
                names = [name for name in _names(export, path, len(contents)) if name in wanted]
                for name in names:
                    wanted[name] += 1
                if names or entry.only is None:
                    self.exported_monitor(export, where, path, len(contents), entry)
        for name, count in wanted.items():
            if not count:
                self.wrong((*where, 'only'), f'there is no monitor {name!r} in {entry.file}')

    def exported_monitor(
        self, export: Export, where: Location, path: Path, siblings: int, entry: resources.MonitorFile
    ) -> None:
        """Add a monitor of a file of `siblings` monitors, with the recipients and tags of the entry."""
        names = _names(export, path, siblings)
        if export.problem:
            self.unevaluated.append(Unevaluated(names, export.problem))
            return
        # Datadog has accepted this monitor: where it is refused here, it is only not evaluated.
        exported_by_datadog = siblings > 1 and isinstance(export.body, Mapping) and 'created' in export.body
        problems = len(self.problems)
        monitor = self._valid(resources.Monitor, export.body, where, path)
        if monitor is not None:
            mentions = ' '.join(f'@{recipient.removeprefix("@")}' for recipient in entry.notify)
            message = '\n\n'.join(part for part in (monitor.message, mentions) if part)
            all_tags = list(dict.fromkeys([*(monitor.tags or []), *entry.tags]))
            monitor = monitor.model_copy(update={'message': message, 'tags': all_tags})
            self.add_monitor(monitor, where, path, names)
        if exported_by_datadog and len(self.problems) > problems:
            reason = self.problems[problems].message
            del self.problems[problems:]
            self.unevaluated.append(Unevaluated(names, reason))

    def _valid[M: BaseModel](self, model: type[M], body: Any, where: Location, path: Path) -> M | None:
        try:
            return model.model_validate(body)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                place = details['loc'][:-1] if details['type'] == 'missing' else details['loc']
                self.wrong(where, f'{messages.words(place) if place else "it"}: {messages.message(details)}', path)
            return None

    def add_monitor(
        self, monitor: resources.Monitor, where: Location, path: Path | None, names: tuple[str, ...]
    ) -> None:
        """Add a monitor. One that is not evaluated is a problem, unless it comes from a file: then it is a note."""
        body: dict[str, Any] = monitor.model_dump(exclude_none=True, exclude={'key'})
        message, options = body.get('message', ''), body.get('options', {})
        escalation = options.get('escalation_message', '')
        # Only the downtimes of a scenario mute its monitors.
        options |= {'silenced': {}, 'escalation_message': _with_addresses(escalation)}
        body |= {'message': _with_addresses(message), 'options': options, 'tags': body.get('tags', [])}
        names = names or ((monitor.key,) if monitor.key else ()) + (monitor.name,)
        rehearsed = Monitor(names, body)
        if monitor.type == 'composite':
            self._composites.append((where, rehearsed, monitor))
        elif (reason := monitors.refusal(body)) is not None:
            if path is None:
                return self.wrong(where, reason)
            self.unevaluated.append(Unevaluated(names, reason))
            return None
        elif (reason := _refused(monitor, monitor.query)) is not None:
            return self.wrong(where, reason, path)
        try:
            for template in (monitor.name, message, escalation):
                notifications.check(template)
        except notifications.TemplateError as error:
            return self.wrong(where, str(error), path)
        if body.get('id') in self._ids:
            return self.wrong(where, f'another monitor has the id {body["id"]} too', path)
        if 'id' in body:
            self._ids.add(body['id'])
        self.monitors.append(rehearsed)
        return None

    def finish(self) -> None:
        """Give ids to the monitors without one, and let composites refer to them."""
        free = (id_ for id_ in range(1, len(self.monitors) + len(self._ids) + 1) if id_ not in self._ids)
        for rehearsed in self.monitors:
            rehearsed.body.setdefault('id', next(free, 0))
        for where, composite, monitor in self._composites:
            if composite not in self.monitors:
                continue
            try:
                composite.body['query'] = named_by_id(composite.body['query'], self._ids_by_name())
                reason = _refused(monitor, composite.body['query']) or monitors.refusal(composite.body)
            except ValueError as error:
                reason = str(error)
            if reason is not None:
                self.wrong(where, reason)
        if not self.monitors and self.unevaluated and not self.problems:
            self.wrong(
                ('monitors', 0), f'{self.unevaluated[0].names[0]!r} is not evaluated: {self.unevaluated[0].reason}'
            )

    def _ids_by_name(self) -> dict[str, int]:
        return {name: monitor.body['id'] for monitor in self.monitors for name in monitor.names}

    def exported_downtime(self, export: Export, where: Location, path: Path) -> None:
        if export.problem:
            return self.wrong(where, f'{export.name}: {export.problem}', path)
        downtime = self._valid(resources.Downtime, export.body, where, path)
        if downtime is not None:
            self.add_downtime(downtime, where, path)
        return None

    def add_downtime(self, downtime: resources.Downtime, where: Location, path: Path | None) -> None:
        line = next((line.strip() for line in (downtime.message or '').splitlines() if line.strip()), '')
        scheduled = NamedDowntime(downtime.title or line or (path.stem if path else 'downtime'), downtime)
        try:
            attributes = resource(scheduled, 0, 'UTC')['attributes']
            validation.downtime({'scope': '*', **{key: attributes[key] for key in attributes if key != 'title'}})
            for field in ('created', 'canceled'):
                if attributes.get(field):
                    downtimes.epoch(attributes[field])
        except ValueError as error:
            return self.wrong(where, str(error), path)
        self.downtimes.append(scheduled)
        return None


def _names(export: Export, path: Path, siblings: int) -> tuple[str, ...]:
    """Return the names that tests may use for a monitor of a file; the name of the file, if it is alone there."""
    return ((path.stem,) if siblings == 1 else ()) + (export.name, *export.aliases)


def _refused(monitor: resources.Monitor, query: str) -> str | None:
    """Return why Datadog's API refuses a monitor; None when it takes it."""
    try:
        validation.monitor({**monitor.model_dump(exclude_none=True, exclude={'key'}), 'query': query})
    except validation.Refused as error:
        return str(error)
    return None


def resource(downtime: NamedDowntime, start: int, zone: str) -> dict[str, Any]:
    """Return a downtime as a resource of the API, for a test that begins at `start`. Raises `ValueError`."""
    attributes: dict[str, Any] = downtime.body.model_dump(exclude_none=True)
    settled = datetime.fromtimestamp(start, ZoneInfo(zone)) - SETTLED
    recurrences = attributes.pop('recurrences', None)
    if recurrences is not None:
        attributes['schedule'] = {'timezone': zone, 'recurrences': recurrences}
    schedule = attributes.setdefault('schedule', {})
    for recurrence in schedule.get('recurrences') or []:
        time = recurrence.pop('time', None)
        if time is not None:
            if not re.fullmatch(r'([01]\d|2[0-3]):[0-5]\d', time):
                raise ValueError(f'time {time!r} is not a time such as 19:00')
            recurrence['start'] = f'{settled:%Y-%m-%d}T{time}'
    attributes.setdefault('created', settled.isoformat())
    attributes.setdefault('monitor_identifier', {'monitor_tags': ['*']})
    return {'type': 'downtime', 'name': downtime.name, 'attributes': attributes}


# Handles


def _with_addresses(message: str) -> str:
    """Replace each handle by an address: the account mails only addresses."""
    return HANDLE.sub(lambda match: f'@{match[1]}{STAND_IN}' if match[1] else match[0], message)


def with_handles(text: str) -> str:
    """Return the text or subject of a mail with its handles restored."""
    return text.replace(STAND_IN, '')


def recipient(address: str) -> str:
    """Return the handle or address that a mail went to."""
    return f'@{address.removesuffix(STAND_IN)}' if address.endswith(STAND_IN) else address
