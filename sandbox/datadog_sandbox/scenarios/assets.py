"""The monitors and downtimes of a scenario, from files or written in it."""

import glob
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from datadog_sandbox import downtimes, files, monitors, notifications

from . import messages, resources
from .problems import Location, Problem
from .source import Source

# `@slack-ops`, also with variables in it; what is followed by another @ is an address.
HANDLE = re.compile(r'(?<![\w.@+-])@((?:[\w.+-]|\{\{[^{}#^/!]*\}\})++)(?!@)', re.ASCII)
STAND_IN = '@handle.invalid'
"""A handle is mailed as an address of this domain, and shown as the handle."""
SETTLED = timedelta(days=28)
"""How long before a test a downtime was scheduled that does not say since when it is."""


class Monitor(NamedTuple):
    names: tuple[str, ...]
    """By which tests refer to it."""
    body: dict[str, Any]


class Downtime(NamedTuple):
    name: str
    body: resources.Downtime


class Assets(NamedTuple):
    monitors: list[Monitor]
    downtimes: list[Downtime]
    files: list[Path]
    """Which were read."""

    def find(self, name: str | None) -> Monitor:
        """Return the monitor that a test means. Raises `ValueError`."""
        found = [monitor for monitor in self.monitors if name is None or name in monitor.names]
        if len(found) == 1:
            return found[0]
        allowed = ', '.join(repr(monitor.names[0]) for monitor in self.monitors)
        if name is None:
            raise ValueError(f'a monitor must be named: one of {allowed}')
        raise ValueError(f'{name!r} is {"more than one" if found else "no"} monitor; there are {allowed}')


def load(source: Source) -> tuple[Assets, list[Problem]]:
    """Return what a scenario rehearses, and what is wrong with it."""
    loader = _Loader(source)
    for index, entry in enumerate(source.scenario.monitors):
        where: Location = ('monitors', index)
        if isinstance(entry, resources.MonitorFile):
            for path, content in loader.files(where, entry.file):
                for body in _bodies(content):
                    loader.monitor(_definition(body), where, path, entry.notify, entry.tags)
        else:
            loader.unknown(entry, where)
            loader.keep_monitor(entry, where, None)
    for index, downtime in enumerate(source.scenario.downtimes):
        where = ('downtimes', index)
        if isinstance(downtime, resources.AssetFile):
            for path, content in loader.files(where, downtime.file):
                for body in _bodies(content):
                    loader.downtime(body, where, path)
        else:
            loader.unknown(downtime, where)
            inner = downtime.data if isinstance(downtime, resources.DowntimeBody) else downtime
            inner = inner.attributes if isinstance(inner, resources.DowntimeResource) else inner
            loader.keep_downtime(inner, where, None)
    return Assets(loader.monitors, loader.downtimes, loader.read), loader.problems


class _Loader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.read: list[Path] = []
        self.monitors: list[Monitor] = []
        self.downtimes: list[Downtime] = []

    def wrong(self, where: Location, message: str, path: Path | None = None) -> None:
        """Keep a problem; of a file, with the line of the scenario that names it."""
        self.problems.append(self.source.problem(where, f'{path}: {message}' if path else message))

    def unknown(self, body: BaseModel, where: Location) -> None:
        for place, message in messages.unknown(body, where):
            self.wrong(place, message)

    def files(self, where: Location, pattern: str) -> Iterator[tuple[Path, Any]]:
        folder = self.source.path.parent
        # As it is written, so that a name with brackets in it is found too.
        names = [pattern]
        if not (folder / pattern).is_file():
            names = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
        if not names:
            self.wrong(where, f'there is no file {pattern!r} in {folder.resolve()}')
        for name in names:
            path = folder / name
            self.read.append(path)
            try:
                yield path, json.loads(files.read(path))
            except files.UnreadableError as error:
                self.wrong(where, str(error), path)
            except (ValueError, RecursionError) as error:
                self.wrong(where, f'this is not JSON: {error}', path)

    def monitor(self, body: Any, where: Location, path: Path, notify: Sequence[str], tags: Sequence[str]) -> None:
        monitor = self._valid(resources.Monitor, body, where, path)
        if monitor is not None:
            mentions = ' '.join(f'@{one.removeprefix("@")}' for one in notify)
            message = '\n\n'.join(part for part in (monitor.message, mentions) if part)
            all_tags = list(dict.fromkeys([*(monitor.tags or []), *tags]))
            self.keep_monitor(monitor.model_copy(update={'message': message, 'tags': all_tags}), where, path)

    def _valid[M: BaseModel](self, model: type[M], body: Any, where: Location, path: Path) -> M | None:
        try:
            return model.model_validate(body)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                place = one['loc'][:-1] if one['type'] == 'missing' else one['loc']
                self.wrong(where, f'{messages.words(place) if place else "it"}: {messages.message(one)}', path)
            return None

    def keep_monitor(self, monitor: resources.Monitor, where: Location, path: Path | None) -> None:
        body: dict[str, Any] = monitor.model_dump(exclude_none=True)
        message, options = body.get('message', ''), body.get('options', {})
        escalation = options.get('escalation_message', '')
        # As in the account: what silences a monitor is a downtime.
        options |= {'silenced': {}, 'escalation_message': _with_addresses(escalation)}
        body |= {'message': _with_addresses(message), 'options': options, 'tags': body.get('tags', [])}
        reason = monitors.refusal(body) or _thresholds(body)
        if reason is not None:
            return self.wrong(where, reason, path)
        try:
            for template in (monitor.name, message, escalation):
                notifications.check(template)
        except notifications.TemplateError as error:
            return self.wrong(where, str(error), path)
        taken = {one.body['id'] for one in self.monitors}
        if body.get('id') in taken:
            return self.wrong(where, f'the id {body["id"]} is that of another monitor', path)
        body.setdefault('id', next(id_ for id_ in range(1, len(taken) + 2) if id_ not in taken))
        self.monitors.append(Monitor((path.stem, monitor.name) if path else (monitor.name,), body))
        return None

    def downtime(self, body: Any, where: Location, path: Path) -> None:
        attributes = body['attributes'] if isinstance(body, Mapping) and 'attributes' in body else body
        downtime = self._valid(resources.Downtime, attributes, where, path)
        if downtime is not None:
            self.keep_downtime(downtime, where, path)

    def keep_downtime(self, downtime: resources.Downtime, where: Location, path: Path | None) -> None:
        line = next((line.strip() for line in (downtime.message or '').splitlines() if line.strip()), '')
        kept = Downtime(downtime.title or line or (path.stem if path else 'downtime'), downtime)
        try:
            attributes = resource(kept, 0, 'UTC')['attributes']
            downtimes.check(attributes)
            for field in ('created', 'canceled'):
                if attributes.get(field):
                    downtimes.epoch(attributes[field])
        except ValueError as error:
            return self.wrong(where, str(error), path)
        self.downtimes.append(kept)
        return None


def _bodies(content: Any) -> list[Any]:
    """Return what a file holds, of which answers of the API may have several."""
    if isinstance(content, Mapping) and 'data' in content:
        content = content['data']
    return content if isinstance(content, list) else [content]


def _definition(body: Any) -> Any:
    """Return the monitor in an asset of an integration, or in the attributes of Terraform's datadog_monitor_json."""
    if isinstance(body, Mapping):
        if isinstance(body.get('monitor'), str):
            try:
                return json.loads(body['monitor'])
            except ValueError:
                return body
        return body.get('definition', body)
    return body


def _thresholds(body: Mapping[str, Any]) -> str | None:
    critical = (body['options'].get('thresholds') or {}).get('critical')
    threshold = monitors.parse(body).threshold
    if critical is not None and critical != threshold:
        return f'options.thresholds.critical is {critical:g}, and the query says {threshold:g}: they must be the same'
    return None


def resource(downtime: Downtime, start: int, zone: str) -> dict[str, Any]:
    """Return a downtime as the account keeps it, for a test that begins at `start`. Raises `ValueError`."""
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
    """Make an address of each handle: the account mails addresses alone."""
    return HANDLE.sub(rf'@\1{STAND_IN}', message)


def shown(text: str) -> str:
    """Return a text of a mail with the handles as they were."""
    return text.replace(STAND_IN, '')


def recipient(address: str) -> str:
    return f'@{address.removesuffix(STAND_IN)}' if address.endswith(STAND_IN) else address
