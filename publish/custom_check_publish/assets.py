"""Read the assets from disk and turn each into the request body that publishes it."""

import inspect
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from datadog_api_client import Configuration
from datadog_api_client.exceptions import OpenApiException
from datadog_api_client.model_utils import OpenApiModel, UnparsedObject, validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor
from dateutil.rrule import rrulestr

from .marker import MANAGED_BY, WORD, Kind, Marker, name_tag
from .mentions import handles

# The order of creation; removal goes the other way.
KINDS: tuple[Kind, ...] = ('dashboard', 'monitor', 'downtime')
DOWNTIMES = Path(__file__).resolve().parent / 'downtimes'
MONDAY_MORNING = 'monday_morning'
# A first occurrence nearer than this could have begun by the time the server looks, which refuses a start in the past.
START_MARGIN = timedelta(minutes=5)
MINUTES = {'m': 1, 'h': 60, 'd': 24 * 60}


class AssetError(Exception):
    """A file that cannot be published; nothing has been requested yet."""


@dataclass(frozen=True)
class Resource:
    """One asset, ready to publish."""

    kind: Kind
    name: str
    """Of the set that it belongs to."""
    key: str
    """The file's name without `.json`: the identity that outlives a change of title."""
    title: str
    unmarked: dict[str, Any]
    """What a create sends but for the marker; for a downtime, its attributes."""

    def body(self, id_: Any) -> dict[str, Any]:
        """Return what the resource with this id should be, its marker included."""
        marker = Marker(self.name, self.key, str(id_))
        body = deepcopy(self.unmarked)
        if self.kind == 'monitor':
            body['tags'] = list(dict.fromkeys([*(body.get('tags') or []), *marker.tags]))
        else:
            field = 'description' if self.kind == 'dashboard' else 'message'
            body[field] = _paragraphs(body.get(field), str(marker))
        return body

    def mails(self) -> list[str]:
        """Return whom it notifies: the mentions of its text, and the notify list."""
        mentioned = handles(self.unmarked.get('message') or '')
        return list(dict.fromkeys([*mentioned, *(self.unmarked.get('notify_list') or [])]))


def load(
    assets: Path,
    downtimes: Path,
    name: str,
    emails: Sequence[str],
    timezone: str,
    now: datetime,
    without: Collection[str] = (),
) -> list[Resource]:
    """Return what should exist, in the order of creation, without the downtimes named in `without`.

    `now` decides the date of a downtime's first occurrence. Raises `AssetError` for a file that is not what its folder
    says, and for a folder without a file: with `--assets` mistyped, that would otherwise read as "remove everything".
    """
    # In one order, so that giving them in another is no change.
    emails = sorted(set(emails))
    monitors = load_monitors(assets, name, emails)
    found = [*load_dashboards(assets, name, emails), *monitors]
    integration = integration_tags(monitors)
    schedules = {path.stem: (path, asset) for path, asset in _read(downtimes)}
    if missing := set(without) - set(schedules):
        raise AssetError(f'{downtimes} holds no {" or ".join(sorted(missing))}.json.')
    for key, (path, asset) in schedules.items():
        if key not in without:
            found.append(_downtime(path, asset, name, emails, timezone, now, integration))
    return found


def load_dashboards(assets: Path, name: str = '', emails: Sequence[str] = ()) -> list[Resource]:
    """Return the dashboards alone."""
    return [_dashboard(path, asset, name, emails) for path, asset in _read(assets / 'dashboards')]


def load_monitors(assets: Path, name: str = '', emails: Sequence[str] = ()) -> list[Resource]:
    """Return the monitors alone."""
    return [_monitor(path, asset, name, emails) for path, asset in _read(assets / 'monitors')]


def integration_tags(monitors: Sequence[Resource]) -> list[str]:
    """Return the tags, such as `integration:custom_check`, by which all of some monitors name their integration."""
    shared = set.intersection(*(set(monitor.unmarked.get('tags') or []) for monitor in monitors))
    return sorted(tag for tag in shared if tag.startswith('integration:'))


def _read(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    paths = sorted(folder.glob('*.json'))
    if not paths:
        raise AssetError(f'{folder} holds no *.json file. Point --assets at the assets folder of an integration.')
    for path in paths:
        if not re.fullmatch(WORD, path.stem):
            raise AssetError(
                f'{path}: a file name may hold a to z, 0 to 9, and between them ".", "_" and "-", as it becomes a tag.'
            )
        try:
            asset = json.loads(path.read_text('utf-8'))
        except (OSError, ValueError) as error:
            raise AssetError(f'{path} is not JSON: {error}') from None
        if not isinstance(asset, dict):
            raise AssetError(f'{path} is not a JSON object but {type(asset).__name__}.')
        yield path, asset


def _dashboard(path: Path, asset: dict[str, Any], name: str, emails: Sequence[str]) -> Resource:
    _check(path, 'dashboard', asset, Dashboard)
    # Handles of users, which are plain addresses; the @ is for texts.
    notify = list(dict.fromkeys([*(asset.get('notify_list') or []), *emails]))
    return Resource('dashboard', name, path.stem, asset['title'], asset | {'notify_list': notify})


def _monitor(path: Path, asset: dict[str, Any], name: str, emails: Sequence[str]) -> Resource:
    body = asset.get('definition')
    if not isinstance(body, dict) or not isinstance(body.get('name'), str):
        raise AssetError(f'{path} is not a monitor: it needs a "definition" with a "name".')
    _check(path, 'monitor', body, Monitor)
    if not isinstance(body.get('options') or {}, dict):
        # The model takes a list, too.
        raise AssetError(f'{path} is not a monitor: its "options" are not an object.')
    # Outside every {{#is_…}} block, so that each state notifies.
    body = _with_defaults(body) | {'message': _paragraphs(body.get('message'), _mentions(emails))}
    return Resource('monitor', name, path.stem, body['name'], body)


def _with_defaults(body: dict[str, Any]) -> dict[str, Any]:
    """Write out the defaults that depend on other options, as Datadog documents them: a change of one is drift."""
    options = body.get('options') or {}
    defaults: dict[str, Any] = {}
    window = re.match(r'\s*\w+\(last_(\d+)([mhd])\)', body['query'])
    if options.get('notify_no_data') and window:
        defaults['no_data_timeframe'] = 2 * int(window[1]) * MINUTES[window[2]]
    if options.get('renotify_interval'):
        defaults['renotify_statuses'] = ['alert', 'no data']
    return body | {'options': defaults | options}


def _downtime(
    path: Path,
    asset: dict[str, Any],
    name: str,
    emails: Sequence[str],
    timezone: str,
    now: datetime,
    integration: Sequence[str],
) -> Resource:
    local = now.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    who = ', '.join(tag.removeprefix('integration:') for tag in integration) or name
    try:
        recurrences = [
            {
                'rrule': one['rrule'],
                'duration': one['duration'],
                'start': next_start(one['rrule'], time.fromisoformat(one['time']), local),
            }
            for one in asset['recurrences']
        ]
        body = {
            'message': _paragraphs(str.replace(asset['message'], '{integration}', who), _mentions(emails)),
            # By tags and not by id: one downtime covers exactly our monitors, also one that was made anew. All must
            # match.
            'monitor_identifier': {'monitor_tags': [*integration, MANAGED_BY, name_tag(name)]},
            'scope': '*',
            # The API wants the two zones to be the same.
            'display_timezone': timezone,
            'schedule': {'timezone': timezone, 'recurrences': recurrences},
            'notify_end_states': asset['notify_end_states'],
            'notify_end_types': asset['notify_end_types'],
        }
        return Resource('downtime', name, path.stem, asset['title'], body)
    except (KeyError, TypeError, ValueError) as error:
        raise AssetError(f'{path} is not a downtime: {type(error).__name__}: {error}.') from None


def next_start(rrule: str, at: time, local: datetime) -> str:
    """Return the first occurrence of `rrule` after `local`, in local time without an offset, as the API takes it.

    The API refuses a start in the past, so a recurrence whose window is open now begins with its next one.
    """
    earliest = local + START_MARGIN
    occurrence = rrulestr(rrule, dtstart=datetime.combine(local.date(), at)).after(earliest)
    if occurrence is None:
        raise ValueError(f'{rrule} never occurs after {earliest:%Y-%m-%d}')
    return str(occurrence.strftime('%Y-%m-%dT%H:%M'))


def _mentions(emails: Iterable[str]) -> str:
    return ' '.join(f'@{email}' for email in emails)


def _paragraphs(*texts: str | None) -> str:
    return '\n\n'.join(text for text in texts if text)


def _check(path: Path, kind: Kind, body: dict[str, Any], model: type) -> None:
    """Refuse a body that the official client's model of it refuses, or that holds what the model cannot place."""
    try:
        parsed = validate_and_convert_types(body, (model,), [], True, True, configuration=Configuration())
    except (OpenApiException, TypeError) as error:
        words = re.sub(r'^.* missing \d+ required positional arguments?: ', 'it lacks ', str(error))
        raise AssetError(f'{path} is not a {kind}: {words}.') from None
    if strange := next(_unplaced(parsed, ''), None):
        raise AssetError(f'{path} is not a {kind} that the installed datadog-api-client knows: see {strange}.')


def _unplaced(value: Any, where: str) -> Iterator[str]:
    """Yield where a parsed body holds a word, or an object, that its model does not list."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _unplaced(one, f'{where}[{index}]')
    elif isinstance(value, UnparsedObject) or 'value' in getattr(value, '_data_store', ()) and value._unparsed:
        yield where
    elif isinstance(value, OpenApiModel):
        for one in getattr(value, '_composed_instances', ()):
            yield from _unplaced(one, where)
        for name, one in value._data_store.items():
            path = f'{where}.{name}'.removeprefix('.')
            if one is None and name in _required(type(value)):
                # The models take null for anything.
                yield path
            yield from _unplaced(one, path)


def _required(model: type[OpenApiModel]) -> set[str]:
    """Return the fields that a model cannot do without."""
    parameters = inspect.signature(model.__init__).parameters.items()
    return {name for name, one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD}
