"""Read the assets from disk and turn each into the request body that publishes it."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .kinds import DASHBOARD, DOWNTIME, MONITOR, Kind
from .marker import WORD, Marker
from .mentions import handles
from .models import InvalidAsset
from .publication import Publication


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
        body = deepcopy(self.unmarked)
        self.kind.mark(body, Marker(self.name, self.key, str(id_)))
        return body

    def mails(self) -> list[str]:
        """Return whom it notifies: the mentions of its text, and the notify list."""
        mentioned = handles(self.unmarked.get('message') or '')
        return list(dict.fromkeys([*mentioned, *(self.unmarked.get('notify_list') or [])]))


def load(publication: Publication) -> list[Resource]:
    """Return what should exist, in the order of creation.

    Raises `AssetError` for a file that is not what its folder says, and for a folder without a file: with `--assets`
    mistyped, that would otherwise read as "remove everything".
    """
    monitors = load_monitors(publication)
    resources = [*load_dashboards(publication), *monitors]
    files = _files(publication.downtimes)
    if missing := set(publication.without) - {path.stem for path in files}:
        raise AssetError(f'{publication.downtimes} holds no {" or ".join(sorted(missing))}.json.')
    kept = [path for path in files if path.stem not in publication.without]
    integration = integration_tags(monitors)
    return [*resources, *(_resource(DOWNTIME, path, publication, integration) for path in kept)]


def load_dashboards(publication: Publication) -> list[Resource]:
    """Return the dashboards alone."""
    return [_resource(DASHBOARD, path, publication) for path in _files(publication.assets / 'dashboards')]


def load_monitors(publication: Publication) -> list[Resource]:
    """Return the monitors alone."""
    return [_resource(MONITOR, path, publication) for path in _files(publication.assets / 'monitors')]


def integration_tags(monitors: Sequence[Resource]) -> list[str]:
    """Return the tags, such as `integration:custom_check`, by which all of some monitors name their integration."""
    shared = set.intersection(*(set(monitor.unmarked.get('tags') or []) for monitor in monitors))
    return sorted(tag for tag in shared if tag.startswith('integration:'))


def _files(folder: Path) -> list[Path]:
    if not (paths := sorted(folder.glob('*.json'))):
        raise AssetError(f'{folder} holds no *.json file. Point --assets at the assets folder of an integration.')
    for path in paths:
        if not re.fullmatch(WORD, path.stem):
            raise AssetError(
                f'{path}: a file name may hold a to z, 0 to 9, and between them ".", "_" and "-", as it becomes a tag.'
            )
    return paths


def _resource(kind: Kind, path: Path, publication: Publication, integration: Sequence[str] = ()) -> Resource:
    try:
        asset = json.loads(path.read_text('utf-8'))
    except (OSError, ValueError, RecursionError) as error:
        raise AssetError(f'{path} is not JSON: {error}') from None
    if not isinstance(asset, dict):
        raise AssetError(f'{path} is not a JSON object but {type(asset).__name__}.')
    try:
        title, body = kind.read(asset, publication, integration)
    except InvalidAsset as error:
        raise AssetError(f'{path} is not a {kind}{error}.') from None
    return Resource(kind, publication.name, path.stem, title, body)
