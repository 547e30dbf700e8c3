"""The validation errors of pydantic, in plain English."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from .models import schema
from .problems import Location


def words(location: Location) -> str:
    """Return a location such as `tests[0].input_series[1].series`."""
    # Pydantic adds the names of alternatives, which are not in the file.
    text = ''.join(
        f'[{part}]' if isinstance(part, int) else f'.{part}' for part in location if part not in ALTERNATIVES
    )
    return text.removeprefix('.') or 'scenario'


def message(error: Any) -> str:
    """Return an error in words."""
    kind, context = error['type'], error.get('ctx') or {}
    if kind == 'extra_forbidden':
        return f'unknown key {error["loc"][-1]!r}; allowed are {_allowed(error["loc"])}'
    if kind == 'missing':
        return f'{error["loc"][-1]!r} is missing'
    if kind == 'value_error':
        return str(context['error'])
    refusal = MESSAGES[kind].format(**context) if kind in MESSAGES else f'{error["msg"][0].lower()}{error["msg"][1:]}'
    return f'{refusal}, not {_shorten(error["input"])}'


ALTERNATIVES = {
    'MonitorFile', 'Monitor', 'AssetFile', 'Downtime', 'DowntimeResource', 'DowntimeBody',
    'number', 'notation', 'steps', 'recorded',
}  # fmt: skip
MESSAGES = {
    'string_type': 'must be a string',
    'int_type': 'must be a whole number',
    'float_type': 'must be a number',
    'bool_type': 'must be true or false',
    'list_type': 'must be a list',
    'dict_type': 'must be a mapping',
    'model_type': 'must be a mapping',
    'literal_error': 'must be one of {expected}',
    'too_short': 'must have {min_length} or more',
    'too_long': 'must have at most {max_length}',
    'greater_than_equal': 'must be {ge} or more',
    'less_than_equal': 'must be {le} or less',
    'finite_number': 'must be a finite number',
}


def _shorten(value: Any) -> str:
    if isinstance(value, Mapping):
        return f'a mapping of {len(value)}'
    if isinstance(value, list):
        return f'a list of {len(value)}'
    return str(json.dumps(value, default=str, ensure_ascii=False))[:80]


def _allowed(location: Location) -> str:
    """Return the keys that are allowed in the place of an unknown one."""
    root = schema()
    here: Any = root
    for part in location[:-1]:
        if part in root['$defs']:
            here = root['$defs'][part]
            continue
        for branch in (here, *here.get('anyOf', ()), *here.get('oneOf', ())):
            if '$ref' in branch:
                branch = root['$defs'][branch['$ref'].rpartition('/')[2]]
            inner = branch.get('items') if isinstance(part, int) else branch.get('properties', {}).get(part)
            inner = inner or (branch.get('additionalProperties') if isinstance(part, str) else None)
            if inner:
                here = inner
                break
    branches = [here, *here.get('anyOf', ())]
    branches += [root['$defs'][branch['$ref'].rpartition('/')[2]] for branch in branches if '$ref' in branch]
    return ', '.join(dict.fromkeys(key for branch in branches for key in branch.get('properties', ())))


def unknown(body: BaseModel, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Yield a location and a message for each key of an API object that Datadog does not document."""
    known = {*type(body).model_fields, *getattr(type(body), 'KNOWN', ())}
    for key in body.model_extra or {}:
        if key not in known:
            near = get_close_matches(key, known, 1)
            yield (*location, key), f'Datadog has no {key!r} here{f"; did you mean {near[0]!r}?" if near else ""}'
    for field in type(body).model_fields:
        value = getattr(body, field)
        for place, part in [(place, part) for place, part in _parts(field, value) if isinstance(part, BaseModel)]:
            yield from unknown(part, (*location, *place))


def _parts(field: str, value: Any) -> list[tuple[Location, Any]]:
    return (
        [((field, index), part) for index, part in enumerate(value)] if isinstance(value, list) else [((field,), value)]
    )
