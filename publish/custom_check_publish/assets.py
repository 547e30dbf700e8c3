"""Read the assets from disk and turn each into the request body that publishes it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal
from zoneinfo import ZoneInfo

import click
from datadog_api_client import Configuration
from datadog_api_client.exceptions import OpenApiException
from datadog_api_client.model_utils import validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from dateutil.rrule import rrulestr

Kind = Literal['dashboard', 'monitor', 'downtime']
# The order of creation; removal goes the other way.
KINDS: tuple[Kind, ...] = ('dashboard', 'monitor', 'downtime')

# Who manages a resource, and which asset it is. Monitors carry the two as tags; dashboards and downtimes have no free
# tags, so there they form a line of the description and of the message. Neither holds a title: renaming keeps both.
MANAGED_BY = 'managed_by:custom-check-publish'
INTEGRATION = 'integration:custom_check'
ASSET_TAG = 'custom_check_asset:'
# What a Datadog tag value can hold without being rewritten.
KEY = re.compile(r'[a-z0-9][a-z0-9_.-]{0,99}')
MARKER_LINE = re.compile(rf'^{MANAGED_BY} {ASSET_TAG}({KEY.pattern})\s*$', re.MULTILINE)

# Fields that the assets leave out and that change how a monitor or graph behaves, at the values the API documents for
# their absence. A hand-edit of one is drift, and an update sets it back; anything else left out is the server's own.
OPTION_DEFAULTS = {
    'escalation_message': '',
    'evaluation_delay': None,
    'renotify_occurrences': None,
    'renotify_statuses': None,
    'timeout_h': None,
}
THRESHOLD_DEFAULTS = {'critical_recovery': None, 'warning': None, 'warning_recovery': None}
TIMESERIES_DEFAULTS: dict[str, Any] = {'custom_links': [], 'events': [], 'markers': []}

# A first occurrence nearer than this could have begun by the time the server looks, which refuses a start in the past.
START_MARGIN = timedelta(minutes=5)


class AssetError(click.UsageError):
    """A file that cannot be published; nothing has been requested yet."""


@dataclass(frozen=True)
class Resource:
    """One asset, ready to publish."""

    kind: Kind
    key: str
    """The file's name without `.json`: the identity that outlives a change of title."""
    title: str
    body: dict[str, Any]
    """What a create sends; for a downtime, its attributes."""
    full: dict[str, Any]
    """The body with the defaults of what it leaves out: what the account is compared with, and what an update sends."""


def load(
    assets: Path,
    downtimes: Path,
    emails: Sequence[str],
    timezone: str,
    now: datetime,
    silence_monday_morning: bool = False,
) -> list[Resource]:
    """Return what should exist, in the order of creation.

    `now` decides the date of a downtime's first occurrence. Raises `AssetError` for a file that is not what its folder
    says, and for an asset folder without a dashboard or without a monitor: with `--assets` mistyped, an empty folder
    would otherwise read as "remove everything".
    """
    options = {'silence_monday_morning': silence_monday_morning}
    # In one order, so that giving them in another is no change.
    emails = sorted(set(emails))
    found = [*load_dashboards(assets, emails)]
    for path, asset in _read(assets / 'monitors'):
        found.append(_monitor(path, asset, emails))
    for path, asset in _read(downtimes):
        if options.get(asset.get('only_with', ''), True):
            found.append(_downtime(path, asset, emails, timezone, now))
    return found


def load_dashboards(assets: Path, emails: Sequence[str] = ()) -> list[Resource]:
    """Return the dashboards alone, which is all that a snapshot needs."""
    return [_dashboard(path, asset, emails) for path, asset in _read(assets / 'dashboards')]


def owner(kind: Kind, live: dict[str, Any]) -> str | None:
    """Return the key of the asset that a resource of the account was made from, or None for somebody else's."""
    if kind == 'monitor':
        tags = live.get('tags') or []
        keys = [tag.removeprefix(ASSET_TAG) for tag in tags if tag.startswith(ASSET_TAG)]
        return keys[0] if keys and MANAGED_BY in tags else None
    text = live.get('description' if kind == 'dashboard' else 'message') or ''
    match = MARKER_LINE.search(text.replace('\r\n', '\n'))
    return match[1] if match else None


def _read(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    paths = sorted(folder.glob('*.json'))
    if not paths:
        raise AssetError(f'{folder} holds no *.json file. Point --assets at the assets folder of custom_check.')
    for path in paths:
        if not KEY.fullmatch(path.stem):
            raise AssetError(f'{path}: a file name may hold a to z, 0 to 9, ".", "_" and "-", as it becomes a tag.')
        try:
            asset = json.loads(path.read_text('utf-8'))
        except (OSError, ValueError) as error:
            raise AssetError(f'{path} is not JSON: {error}') from None
        if not isinstance(asset, dict):
            raise AssetError(f'{path} is not a JSON object but {type(asset).__name__}.')
        yield path, asset


def _dashboard(path: Path, asset: dict[str, Any], emails: Sequence[str]) -> Resource:
    fields = {'title': str, 'layout_type': str, 'widgets': list, 'description': str | None}
    _require(path, 'dashboard', asset, fields | {'notify_list': list | None, 'template_variables': list | None})
    for number, variable in enumerate(asset.get('template_variables') or []):
        _require(path, 'dashboard', variable, {'name': str}, f'template_variables[{number}].')
    for number, widget in enumerate(asset['widgets']):
        _require(path, 'dashboard', widget, {'definition': dict}, f'widgets[{number}].')
        _require(path, 'dashboard', widget['definition'], {'type': str}, f'widgets[{number}].definition.')
    body = deepcopy(asset)
    body['description'] = _paragraphs(body.get('description'), _marker(path.stem))
    # Handles of users, which are plain addresses; the @ is for texts.
    body['notify_list'] = list(dict.fromkeys([*(body.get('notify_list') or []), *emails]))
    _parse(path, 'dashboard', body, Dashboard)
    full = deepcopy(body)
    full.setdefault('template_variable_presets', [])
    for widget in full['widgets']:
        definition = widget['definition']
        if definition.get('type') == 'timeseries':
            widget['definition'] = TIMESERIES_DEFAULTS | definition
    return Resource('dashboard', path.stem, body['title'], body, full)


def _monitor(path: Path, asset: dict[str, Any], emails: Sequence[str]) -> Resource:
    _require(path, 'monitor', asset, {'definition': dict})
    body = deepcopy(asset['definition'])
    fields = {'name': str, 'type': str, 'query': str, 'message': str | None, 'tags': list | None}
    _require(path, 'monitor', body, fields | {'options': dict | None}, 'definition.')
    _require(path, 'monitor', body.get('options') or {}, {'thresholds': dict | None}, 'definition.options.')
    # Outside every {{#is_…}} block, so that each state notifies.
    body['message'] = _paragraphs(body.get('message'), _mentions(emails))
    body['tags'] = list(dict.fromkeys([*(body.get('tags') or []), INTEGRATION, MANAGED_BY, f'{ASSET_TAG}{path.stem}']))
    _parse(path, 'monitor', body, Monitor)
    full = deepcopy(body)
    full['options'] = OPTION_DEFAULTS | (full.get('options') or {})
    if full['options'].get('thresholds'):
        full['options']['thresholds'] = THRESHOLD_DEFAULTS | full['options']['thresholds']
    return Resource('monitor', path.stem, body['name'], body, full)


def _downtime(path: Path, asset: dict[str, Any], emails: Sequence[str], timezone: str, now: datetime) -> Resource:
    _require(path, 'downtime', asset, {'title': str, 'message': str, 'recurrences': list})
    local = now.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    recurrences = []
    for number, recurrence in enumerate(asset['recurrences']):
        fields = {'rrule': str, 'time': str, 'duration': str}
        _require(path, 'downtime', recurrence, fields, f'recurrences[{number}].')
        try:
            start = next_start(recurrence['rrule'], time.fromisoformat(recurrence['time']), local)
        except (ValueError, TypeError) as error:
            raise AssetError(f'{path} is not a downtime: recurrences[{number}]: {error}') from None
        recurrences.append({'rrule': recurrence['rrule'], 'duration': recurrence['duration'], 'start': start})
    body = {
        'message': _paragraphs(asset['message'], _mentions(emails), _marker(path.stem)),
        # By tags and not by id: one downtime covers exactly our monitors, also one that was made anew. All must match.
        'monitor_identifier': {'monitor_tags': [INTEGRATION, MANAGED_BY]},
        'scope': '*',
        # The API wants the two zones to be the same.
        'display_timezone': timezone,
        'schedule': {'timezone': timezone, 'recurrences': recurrences},
        'notify_end_states': asset.get('notify_end_states', []),
        'notify_end_types': asset.get('notify_end_types', []),
    }
    _parse(path, 'downtime', {'data': {'type': 'downtime', 'attributes': body}}, DowntimeCreateRequest)
    return Resource('downtime', path.stem, asset['title'], body, body)


def next_start(rrule: str, at: time, local: datetime) -> str:
    """Return the first occurrence of `rrule` after `local`, in local time without an offset, as the API takes it.

    The API refuses a start in the past, so a recurrence whose window is open now begins with its next one.
    """
    earliest = local + START_MARGIN
    occurrence = rrulestr(rrule, dtstart=datetime.combine(local.date(), at)).after(earliest)
    if occurrence is None:
        raise ValueError(f'{rrule} never occurs after {earliest:%Y-%m-%d}')
    return occurrence.strftime('%Y-%m-%dT%H:%M')


def _marker(key: str) -> str:
    return f'{MANAGED_BY} {ASSET_TAG}{key}'


def _mentions(emails: Iterable[str]) -> str:
    return ' '.join(f'@{email}' for email in emails)


def _paragraphs(*texts: str | None) -> str:
    return '\n\n'.join(text for text in texts if text)


def _require(path: Path, kind: Kind, value: Any, fields: dict[str, type | UnionType], prefix: str = '') -> None:
    """Name each field that is missing or of another type, in the words of the file and not of the client's models.

    Without these, what is not there or not iterable would end this module's own work before the models see it.
    """
    if not isinstance(value, dict):
        raise AssetError(f'{path} is not a {kind}: {prefix.removesuffix(".")} is not an object.')
    wrong = [
        f'{prefix}{name} is {"missing" if name not in value else f"not a {_type_name(type_)}"}'
        for name, type_ in fields.items()
        if not isinstance(value.get(name), type_)
    ]
    if wrong:
        raise AssetError(f'{path} is not a {kind}: {", ".join(wrong)}.')


def _type_name(type_: type | UnionType) -> str:
    return str(type_) if isinstance(type_, UnionType) else type_.__name__


def _parse(path: Path, kind: Kind, body: dict[str, Any], model: type) -> None:
    """Refuse a body that the official client's model of it refuses."""
    try:
        validate_and_convert_types(body, (model,), ['body'], True, True, configuration=Configuration())
    except (OpenApiException, TypeError, AttributeError) as error:
        raise AssetError(f'{path} is not a {kind}: {error}') from None
