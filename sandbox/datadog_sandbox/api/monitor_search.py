"""The search for monitors and for their groups, API v1: `search` and `groups/search`."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from datadog_sandbox.downtimes import epoch

from .endpoint import USER, Call, Refused, endpoint
from .monitor_shape import Shapes, overall

PAGE, LARGEST_PAGE = 30, 1000
WORD = re.compile(r'(-)?(?:([\w.]+):)?(?:"([^"]*)"|([^\s"()]+))')
FACETS = ('status', 'muted', 'tag', 'type')
STATUSES = ('alert', 'ignored', 'no data', 'ok', 'skipped', 'unknown', 'warn')


def search_monitors(call: Call) -> Any:
    """Answer with the monitors that match every term of `query`, in pages."""
    mutes = _mutes(call)
    rows = [_row(call, monitor, mutes) for monitor in call.store.all('monitor')]
    return _page(call, rows, 'monitors', mutes)


def search_groups(call: Call) -> Any:
    """Answer with the groups of monitors that match every term of `query`, in pages."""
    rows = [
        {
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
        for monitor in call.store.all('monitor')
        for name, state in call.store.states(monitor['id']).items()
    ]
    return _page(call, rows, 'groups', _mutes(call))


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
    metrics = re.findall(r'(?:avg|sum|min|max|count|p\d+):([A-Za-z][\w.]*)\{', monitor['query'])
    scopes = re.findall(r'[\w.]\{([^{}]*)\}', monitor['query'])
    return {
        'id': monitor['id'],
        'name': monitor['name'],
        'type': monitor['type'],
        'classification': 'metric' if monitor['type'] in ('metric alert', 'query alert') else 'custom',
        'status': status,
        'query': monitor['query'],
        'tags': monitor['tags'],
        'metrics': list(dict.fromkeys(metrics)),
        'scopes': list(dict.fromkeys(scopes)),
        'notifications': [],
        'creator': {'id': 1, 'handle': USER['handle'], 'name': USER['name']},
        'last_triggered_ts': max(times, default=None),
        'muted_until_ts': mutes.get(monitor['id']),
        'overall_state_modified': modified and epoch(modified),
        'priority': monitor['priority'],
        'restricted_roles': monitor['restricted_roles'] or [],
        'org_id': monitor['org_id'],
    }


def _page(call: Call, rows: list[dict[str, Any]], key: str, mutes: Mapping[int, int | None]) -> dict[str, Any]:
    page, size = call.number('page', 0), call.number('per_page', PAGE, LARGEST_PAGE) or PAGE
    terms = [_term(match, mutes) for match in WORD.finditer(call.query.get('query', ''))]
    matching = [row for row in rows if all(term(row) for term in terms)]
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
        'tag': _counts(tag for row in matching for tag in row.get('tags', row.get('monitor_tags', []))),
        'type': _counts(row.get('type') for row in matching),
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


def _term(match: re.Match[str], mutes: Mapping[int, int | None]) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether a row matches a term: words of the name, or a field such as `status:alert` or `tag:"team:a"`.

    Raises `Refused` for a status that there is not.
    """
    negated, field, quoted, plain = match.groups()
    value = (plain if quoted is None else quoted).lower()
    pattern = re.compile('.*'.join(map(re.escape, value.split('*'))))
    if field == 'status' and not any(map(pattern.fullmatch, STATUSES)):
        raise Refused(f"Query parsing error: '{value[:100]}' is not a valid monitor status")

    def holds(row: Mapping[str, Any]) -> bool:
        tags = [tag.lower() for tag in row.get('tags', row.get('monitor_tags', []))]
        name = row.get('name', row.get('monitor_name', '')).lower()
        match field:
            case None | 'title':
                return pattern.search(name) is not None or (field is None and value in tags)
            case 'tag':
                return any(pattern.fullmatch(tag) for tag in tags)
            case 'status' | 'type':
                return pattern.fullmatch(str(row.get(field, '')).lower()) is not None
            case 'id' | 'monitor_id':
                return str(_id(row)) == value
            case 'muted':
                return str(_id(row) in mutes).lower() == value
            case 'metric' | 'scope':
                return any(pattern.fullmatch(text.lower()) for text in row.get(f'{field}s', []))
            case 'group':
                return pattern.fullmatch(str(row.get('group', '')).lower()) is not None
        # Any other key is that of a tag.
        return any(re.fullmatch(f'{re.escape(field.lower())}:{pattern.pattern}', tag) for tag in tags)

    return (lambda row: not holds(row)) if negated else holds


routes = [
    endpoint('GET', '/api/v1/monitor/search', search_monitors),
    endpoint('GET', '/api/v1/monitor/groups/search', search_groups),
]
