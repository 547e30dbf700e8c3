"""The marker by which a resource says whose it is, and the decision about each resource that carries one.

The marker is four tags. A monitor carries them as tags; dashboards and downtimes have no free tags, so there they are a
line of the description or of the message. None of the four is a title: a renamed resource is still ours.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Live = dict[str, Any]
"""A resource of the account, as its JSON; a downtime as its attributes and its `id`."""

MANAGED_BY = 'managed_by:custom-check-publish'
DEFAULT_NAME = 'custom_check'
# What a tag value can hold without being rewritten by Datadog, and what cannot run into the text after it.
WORD = r'[a-z0-9](?:[a-z0-9_.-]{0,98}[a-z0-9])?'


@dataclass(frozen=True)
class Marker:
    name: str
    """Which set of resources: two sets with two names live in one account without touching each other."""
    key: str
    """The asset: the name of its file without `.json`."""
    id: str = ''
    """The id of the resource that the marker was written into. A clone carries that of its original.

    An id is known only after the creation, so a new resource has `new-` and a word of its own until the next request.
    """

    @property
    def tags(self) -> list[str]:
        return [MANAGED_BY, name_tag(self.name), f'custom_check_asset:{self.key}', f'custom_check_id:{self.id}']

    def __str__(self) -> str:
        return f'({" ".join(self.tags)})'

    @property
    def is_new(self) -> bool:
        return self.id in ('', 'new') or self.id.startswith('new-')


def name_tag(name: str) -> str:
    return f'custom_check_name:{name}'


def read(text: str) -> Marker | None:
    """Return the marker in what a resource says of itself, or None for one that is somebody else's.

    An editor may have wrapped, indented or escaped the text, so each of the four is looked for on its own, anywhere.
    """
    text = re.sub(r'[\\\u200b\ufeff]', '', text).casefold()
    matches = {tag: re.search(rf'custom_check_{tag}:({WORD})', text) for tag in ('name', 'asset', 'id')}
    if not matches['asset'] or not re.search(rf'{MANAGED_BY}(?![a-z0-9-])', text):
        return None
    name, key, id_ = (match[1] if match else '' for match in matches.values())
    # Before there were names, everything had the one that is now the default.
    return Marker(name or DEFAULT_NAME, key, id_)


def age(live: Live) -> tuple[str, Any]:
    """Return what puts resources of one kind in the order of their creation."""
    return str(live.get('created_at') or live.get('created') or ''), live['id']


@dataclass
class Sorted:
    """The resources of a kind that carry a marker, by whose they are."""

    ours: dict[str, Live] = field(default_factory=dict)
    """By key."""
    doubles: list[tuple[str, Live]] = field(default_factory=list)
    """Made by this command beside one of `ours`: two runs at once, in an account that shows new resources late."""
    clones: list[Live] = field(default_factory=list)
    """Copied by somebody from one of ours, so theirs."""


def sort_out(marked: Iterable[tuple[Marker, Live]]) -> Sorted:
    """Decide what is ours.

    A resource whose marker holds its own id is. One whose marker is new or has lost its id is ours too, a run having
    ended between its two requests, unless another one holds the key: then nobody knows, and it counts as a clone.
    """
    by_key: dict[str, list[tuple[Marker, Live]]] = defaultdict(list)
    for marker, live in marked:
        by_key[marker.key].append((marker, live))
    result = Sorted()
    for key, candidates in by_key.items():
        candidates.sort(key=lambda candidate: age(candidate[1]))
        own = [live for marker, live in candidates if marker.id == str(live['id'])]
        if not own:
            own = [live for marker, live in candidates if marker.is_new][:1]
        if own:
            result.ours[key] = own[0]
        result.doubles += [(key, live) for live in own[1:]]
        result.clones += [live for _, live in candidates if live not in own]
    return result
