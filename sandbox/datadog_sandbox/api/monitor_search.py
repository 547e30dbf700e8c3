"""The search for monitors and for their groups, API v1: `search` and `groups/search`.

The facets are those of https://docs.datadoghq.com/monitors/manage/search/.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from datadog_sandbox import notifications, records, wildcards
from datadog_sandbox.downtimes import epoch
from datadog_sandbox.query import QueryError

from .endpoint import USER, Call, Refused, endpoint
from .monitor_shape import Shapes, overall

PAGE, LARGEST_PAGE = 30, 1000
STATUS = re.compile(r'\bstatus:(?:"([^"]*)"|\(([^()]*)\)|([^\s()"]+))')
METRIC = re.compile(r'(?:avg|sum|min|max|count|p\d+):([A-Za-z][\w.]*)\{')
SCOPE = re.compile(r'[\w.]\{([^{}]*)\}')
FACETS = ('status', 'muted', 'tag', 'type')
STATUSES = ('alert', 'ignored', 'no data', 'ok', 'skipped', 'unknown', 'warn')
CLASSES = {'metric alert': 'metric', 'query alert': 'metric', 'service check': 'custom'}
"""What a search calls some types of monitors; the others have their names without `alert`."""
TITLE_WORDS, NAME_WORDS = 10, 1000
"""Most words side by side for which `title:` looks, and words of a name in which it does."""


Row = tuple[dict[str, Any], records.Document]
"""What an answer has of a monitor or a group, and what a search is asked of."""


def search_monitors(call: Call) -> Any:
    """Answer with the monitors that fit `query`, in pages."""
    mutes = _mutes(call)
    rows: list[Row] = []
    for monitor in call.store.all('monitor'):
        row = _row(call, monitor, mutes)
        rows.append((row, _of_row(_document(monitor, mutes), row)))
    return _page(call, rows, 'monitors', mutes)


def search_groups(call: Call) -> Any:
    """Answer with the groups of monitors that fit `query`, in pages."""
    mutes = _mutes(call)
    rows: list[Row] = []
    for monitor in call.store.all('monitor'):
        document = _document(monitor, mutes)
        groups = (_group(name, state, monitor) for name, state in call.store.states(monitor['id']).items())
        rows += [(row, _of_row(document, row)) for row in groups]
    return _page(call, rows, 'groups', mutes)


def _group(name: str, state: Mapping[str, Any], monitor: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'group': name,
        'group_tags': [f'{key}:{value}' for key, value in (state.get('tags') or {}).items()],
        'last_nodata_ts': state.get('last_nodata_ts') or 0,
        'last_triggered_ts': state.get('last_triggered_ts'),
        'local_monitor_id': None,
        'monitor_id': monitor['id'],
        'monitor_name': monitor['name'],
        'monitor_tags': monitor['tags'],
        'status': state['status'],
    }


def _mutes(call: Call) -> dict[int, int | None]:
    """Return when the mute of each muted monitor ends, in seconds, by its id; None where it has no end."""
    shapes, mutes = Shapes(call), {}
    for monitor in call.store.all('monitor'):
        ends = [mute['end'] for mute in shapes.matching(monitor) if mute['active'] and mute['scope'] == ['*']]
        if ends:
            mutes[monitor['id']] = None if None in ends else max(ends)
    return mutes


def _row(call: Call, monitor: Mapping[str, Any], mutes: Mapping[int, int | None]) -> dict[str, Any]:
    states = call.store.states(monitor['id'])
    status, modified = overall(monitor, states, int(call.now))
    times = [state['last_triggered_ts'] for state in states.values() if state.get('last_triggered_ts')]
    return {
        'id': monitor['id'],
        'name': monitor['name'],
        'type': monitor['type'],
        'classification': class_of(monitor),
        'status': status,
        'query': monitor['query'],
        'tags': monitor['tags'],
        'metrics': list(dict.fromkeys(METRIC.findall(monitor['query']))),
        'scopes': list(dict.fromkeys(SCOPE.findall(monitor['query']))),
        'notifications': [{'handle': handle, 'name': handle} for handle in notifications.handles(monitor['message'])],
        'creator': {'id': 1, 'handle': USER['handle'], 'name': USER['name']},
        'last_triggered_ts': max(times, default=None),
        'muted_until_ts': mutes.get(monitor['id']),
        'overall_state_modified': modified and epoch(modified),
        'priority': monitor['priority'],
        'restricted_roles': monitor['restricted_roles'] or [],
        'org_id': monitor['org_id'],
    }


def class_of(monitor: Mapping[str, Any]) -> str:
    return CLASSES.get(monitor['type'], monitor['type'].removesuffix(' alert'))


def _document(monitor: Mapping[str, Any], mutes: Mapping[int, int | None]) -> records.Document:
    """Return what a search for a monitor, or for a group of it, is asked of, apart from what the row itself has."""
    name, priority = monitor['name'].lower(), monitor['priority']
    own = {
        'type': [class_of(monitor), monitor['type']],
        'tag': monitor['tags'],
        'title': _phrases(name),
        'metric': METRIC.findall(monitor['query']),
        'scope': SCOPE.findall(monitor['query']),
        'id': [str(monitor['id'])],
        'monitor_id': [str(monitor['id'])],
        'muted': [str(monitor['id'] in mutes)],
        'priority': [] if priority is None else [str(priority), f'p{priority}'],
        'notification': notifications.handles(monitor['message']),
        'creator': [USER['name'], USER['handle']],
        'draft_status': [monitor.get('draft_status') or 'published'],
    }
    facets = records.by_tag(monitor['tags']) | {key: [value.lower() for value in own[key]] for key in own}
    return records.Document(facets, ' '.join([name, *(tag.lower() for tag in monitor['tags'])]))


def _of_row(document: records.Document, row: Mapping[str, Any]) -> records.Document:
    own = {'status': [row['status'].lower()], 'group': [row['group'].lower()] if 'group' in row else []}
    return document._replace(facets={**document.facets, **own})


def _phrases(name: str) -> list[str]:
    """Return a name, and what is in it of words side by side."""
    words = name.split()[:NAME_WORDS]
    return [
        name,
        *(
            ' '.join(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, start + 1 + TITLE_WORDS)
        ),
    ]


def _search(text: str) -> records.Search:
    """Return what tells whether a row fits a search. Raises `Refused`, also for a status that there is not."""
    for quoted, several, plain in STATUS.findall(text):
        for status in re.findall(r'"([^"]*)"|([^\s"]+)', several) if several else [(quoted, plain)]:
            value = ''.join(status)
            fits = wildcards.joined(value.lower().split('*'))
            if value not in ('OR', 'AND', 'NOT') and not any(map(fits, STATUSES)):
                raise Refused(f"Query parsing error: '{value.lower()[:100]}' is not a valid monitor status")
    try:
        return records.search(text, inside_words=True)
    except QueryError as error:
        raise Refused(f'Query parsing error: {error}') from error


def _page(call: Call, rows: list[Row], key: str, mutes: Mapping[int, int | None]) -> dict[str, Any]:
    page, size = call.number('page', 0), call.number('per_page', PAGE, LARGEST_PAGE) or PAGE
    fits = _search(call.query.get('query', ''))
    found = [(row, document) for row, document in rows if fits(document)]
    types = _counts(document.facets['type'][0] for _, document in found)
    matching = [row for row, _ in found]
    name, _, direction = (call.query.get('sort') or 'name,asc').partition(',')
    fields = {'name': ('name', 'monitor_name'), 'status': ('status',), 'tags': ('tags', 'monitor_tags')}
    if name not in fields or direction not in ('', 'asc', 'desc'):
        raise Refused(f'sort must be one of {", ".join(fields)}, and asc or desc, not {call.query["sort"][:100]!r}')
    matching.sort(
        key=lambda row: str(next(row[field] for field in fields[name] if field in row)).lower(),
        reverse=direction == 'desc',
    )
    counts = {
        'status': _counts(row['status'] for row in matching),
        'tag': _counts(tag for row in matching for tag in row.get('tags') or row.get('monitor_tags') or []),
        'type': types,
        'muted': _counts(_id(row) in mutes for row in matching),
    }
    return {
        'counts': {name: counts[name] for name in FACETS},
        key: matching[page * size :][:size],
        'metadata': {
            'page': page,
            'page_count': math.ceil(len(matching) / size),
            'per_page': size,
            'total_count': len(matching),
        },
    }


def _counts(values: Iterable[Any]) -> list[dict[str, Any]]:
    present = Counter(value for value in values if value is not None)
    return [{'name': name, 'count': count} for name, count in present.most_common()]


def _id(row: Mapping[str, Any]) -> int:
    """Return the id of the monitor of a row."""
    return int(row.get('id', row.get('monitor_id')))


routes = [
    endpoint('GET', '/api/v1/monitor/search', search_monitors),
    endpoint('GET', '/api/v1/monitor/groups/search', search_groups),
]
