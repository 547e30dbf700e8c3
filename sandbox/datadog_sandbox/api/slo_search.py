"""The search for service level objectives, with the state of each, API v1."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from datadog_sandbox import objectives, query
from datadog_sandbox.records import Document, by_tag, search
from datadog_sandbox.times import DAY

from .endpoint import ORG, USER, Call, Refused, endpoint

PATH = '/api/v1/slo/search'
PAGE, MOST = 10, 1000
DAYS = {'7d': 7, '30d': 30, '90d': 90}
FACETS = {'service_tags': 'service', 'team_tags': 'team', 'env_tags': 'env'}
"""The tags that an answer has apart from the others."""


def search_slos(call: Call) -> Any:
    """Answer with the objectives whose name or tags fit a query, and with what state they are in now."""
    number, size = call.number('page[number]', 0), call.number('page[size]', PAGE, MOST)
    try:
        fits = search(call.query.get('query', ''), inside_words=True)
    except query.QueryError as error:
        raise Refused(str(error)) from error
    matching = [slo for slo in call.store.all('slo') if fits(_document(slo))]
    size = size or PAGE
    page = matching[number * size :][:size]
    attributes: dict[str, Any] = {'slos': [{'data': _result(call, slo)} for slo in page]}
    if call.flag('include_facets'):
        attributes['facets'] = _facets(matching)
    last = max(0, math.ceil(len(matching) / size) - 1)
    pagination = {
        'number': number, 'first_number': 0, 'prev_number': max(0, number - 1), 'next_number': number + 1,
        'last_number': last, 'size': size, 'type': 'number_size', 'total': len(matching),
    }  # fmt: skip
    # As recorded, there is a next page after the last one, and no link to that.
    links: dict[str, str | None] = {
        name: _link(call, place, size) for name, place in (('self', number), ('first', 0), ('next', number + 1))
    }
    links |= {'prev': _link(call, number - 1, size) if number else None, 'last': None}
    return {
        'data': {'type': 'service_level_objective_search_results', 'attributes': attributes},
        'meta': {'pagination': pagination},
        'links': links,
    }


def _link(call: Call, number: int, size: int) -> str:
    asked = {**call.query, 'page[number]': number, 'page[size]': size}
    return f'{call.base}{PATH}?{urlencode(asked)}'


def _document(slo: Mapping[str, Any]) -> Document:
    facets = by_tag(slo['tags'])
    facets['slo_type'].append(slo['type'])
    return Document(facets, slo['name'].lower())


def _result(call: Call, slo: Mapping[str, Any]) -> dict[str, Any]:
    statuses = [_status(call, slo, threshold) for threshold in slo['thresholds']]
    main = next((each for each in statuses if each['timeframe'] == slo['timeframe']), statuses[0])
    tags = {name: [tag for tag in slo['tags'] if tag.startswith(f'{key}:')] for name, key in FACETS.items()}
    return {
        'type': 'slo',
        'id': slo['id'],
        'attributes': {
            'name': slo['name'], 'slo_type': slo['type'], 'description': slo['description'] or None,
            'all_tags': slo['tags'], **tags, 'monitor_ids': slo.get('monitor_ids'), 'groups': slo.get('groups'),
            'thresholds': [_threshold(each) for each in slo['thresholds']], 'timeframe': slo['timeframe'],
            'target_threshold': slo['target_threshold'], 'warning_threshold': slo.get('warning_threshold'),
            **({'query': {'metrics': None, **slo['query']}} if slo.get('query') else {}),
            'creator': {'name': USER['name'], 'id': ORG, 'email': USER['handle']},
            'created_at': slo['created_at'], 'modified_at': slo['modified_at'], 'overall_status': statuses,
            'status': {
                'sli': main['status'], 'state': main['state'], 'calculation_error': main['error'],
                **{name: main[name] for name in (
                    'error_budget_remaining', 'raw_error_budget_remaining', 'indexed_at', 'span_precision',
                )},
            },
        },
    }  # fmt: skip


def _threshold(threshold: Mapping[str, Any]) -> dict[str, Any]:
    """Return a threshold as a search has it. As recorded, `warning_display` is that of the target."""
    display, warning = threshold['target_display'].removesuffix('.'), threshold.get('warning')
    displays = {'target_display': display, 'warning_display': None if warning is None else display}
    return {**threshold, 'warning': warning, **displays}


def _status(call: Call, slo: Mapping[str, Any], threshold: Mapping[str, Any]) -> dict[str, Any]:
    """Return how an objective does in a timeframe that ends now; a custom one has no length, and so no value."""
    now, days, target = int(call.now), DAYS.get(threshold['timeframe']), threshold['target']
    value, error = None, None if days else 'A custom timeframe has no state'
    try:
        value = objectives.value(call.store, slo, now - days * DAY, now) if days else None
    except (objectives.ObjectiveError, query.QueryError) as problem:
        error = str(problem)
    left = None if value is None else objectives.budget_left(value, target)
    return {
        'timeframe': threshold['timeframe'], 'target': target, 'status': value, 'error': error,
        'state': state_of(value, target, threshold.get('warning')),
        'error_budget_remaining': left if left is not None and math.isfinite(left) else None,
        'raw_error_budget_remaining': None, 'indexed_at': now,
        'span_precision': None if value is None else objectives.PRECISION,
    }  # fmt: skip


def state_of(value: float | None, target: float, warning: float | None) -> str:
    """Return the state of an objective with a value, in percent."""
    if value is None:
        return 'no_data'
    if value < target:
        return 'breached'
    return 'warning' if warning is not None and value < warning else 'ok'


def _facets(slos: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many objectives have each tag, type, and target."""
    tags = Counter(tag for slo in slos for tag in slo['tags'])
    facets: dict[str, Any] = {
        name: [
            {'name': tag.partition(':')[2], 'count': count} for tag, count in tags.items() if tag.startswith(f'{key}:')
        ]
        for name, key in FACETS.items()
    }
    counts = {
        'all_tags': tags,
        'slo_type': Counter(slo['type_id'] for slo in slos),
        'target': Counter(each['target'] for slo in slos for each in slo['thresholds']),
        'creator_name': Counter([USER['name']] * len(slos)),
        'timeframe': Counter(each['timeframe'] for slo in slos for each in slo['thresholds']),
    }
    return facets | {
        name: [{'name': value, 'count': count} for value, count in counter.items()] for name, counter in counts.items()
    }


routes = [endpoint('GET', PATH, search_slos)]
