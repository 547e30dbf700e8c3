"""Where a resource of the account departs from what it should be.

A field that the asset names must have the asset's value. A field that it does not name must be at its default, if the
official client's models know the field and the server does not set it by itself. Everything else is skipped: a field
that the installed client does not know may be the server's own.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datadog_api_client.model_utils import ModelComposed, ModelNormal, OpenApiModel

# The defaults that are not null, false, "", 0, [] or {}, by model: the client does not carry them. From Datadog's
# OpenAPI document of v1 (August 2026), where it gives one; `auto` and `default` are what their own names say.
DEFAULTS: dict[str, dict[str, Any]] = {
    'DistributionWidgetXAxis': {'max': 'auto', 'min': 'auto', 'scale': 'linear'},
    'DistributionWidgetYAxis': {'max': 'auto', 'min': 'auto', 'scale': 'linear'},
    'FormulaAndFunctionEventQueryGroupBySort': {'order': 'desc'},
    'FormulaAndFunctionProcessQueryDefinition': {'sort': 'desc'},
    'GroupWidgetDefinition': {'show_title': True},
    'ImageWidgetDefinition': {'has_background': True, 'has_border': True},
    'Monitor': {'draft_status': 'published'},
    'MonitorOptions': {
        'include_tags': True,
        'min_location_failed': 1,
        'new_host_delay': 300,
        'notification_preset_name': 'show_all',
        'on_missing_data': 'default',
    },
    'NoteWidgetDefinition': {'has_padding': True},
    'PowerpackWidgetDefinition': {'show_title': True},
    'SLOListWidgetQuery': {'limit': 100},
    'SLOWidgetDefinition': {'view_type': 'detail'},
    'TimeseriesWidgetDefinition': {'legend_layout': 'auto'},
    'WidgetAxis': {'max': 'auto', 'min': 'auto', 'scale': 'linear'},
    'WidgetFormulaLimit': {'order': 'desc'},
}
# What the server sets by itself beside what the models call read-only.
SERVER_SET: dict[str, set[str]] = {
    'DashboardTemplateVariable': {'default'},
    'DowntimeResponseAttributes': {'canceled', 'created', 'modified', 'status'},
    'DowntimeScheduleRecurrencesResponse': {'current_downtime'},
    'Monitor': {'matching_downtimes'},
    # The default depends on the query; `assets` names it where it matters.
    'MonitorOptions': {'no_data_timeframe'},
    'Widget': {'id'},
}
# Options of the API that client 2.20, the oldest supported, does not know.
NEWER: dict[str, dict[str, tuple[Any, ...]]] = {
    'Dashboard': {'default_timeframe': (dict,), 'tabs': ([dict],)},
    'Monitor': {'assets': ([dict],), 'draft_status': (str,)},
}
# Lists in which the order means nothing; the server keeps its own.
UNORDERED = frozenset(
    'monitor_tags notify_by notify_end_states notify_end_types notify_list renotify_statuses restricted_roles '
    'tags'.split()
)
# Options in which the API treats 0 as unset.
ZERO_IS_UNSET = frozenset(
    'evaluation_delay min_failure_duration new_group_delay renotify_interval renotify_occurrences timeout_h'.split()
)
# One type under two names: the server picks one by the query.
MONITOR_TYPES = {'metric alert': 'query alert'}
# What RFC 5545 says of a rule that leaves them out.
RRULE_DEFAULTS = {'INTERVAL': '1', 'WKST': 'MO'}
MINUTES = {'m': 1, 'h': 60, 'd': 24 * 60, 'w': 7 * 24 * 60}

Types = tuple[Any, ...]
"""The types of a field, as the client's models write them: (str, none_type), ([Model],), ({str: (int,)},)."""


@dataclass(frozen=True)
class Difference:
    """One field that is not as it should be; None stands for a field that is not there."""

    where: tuple[str | int, ...]
    old: Any
    new: Any
    reset: Any = None
    """For a field that the asset does not name: what to send so that it is at its default again."""

    @property
    def path(self) -> str:
        return ''.join(f'[{part}]' if isinstance(part, int) else f'.{part}' for part in self.where).removeprefix('.')


def drift(model: type[OpenApiModel], wanted: dict[str, Any], live: dict[str, Any]) -> list[Difference]:
    """Return where a resource of the account, described by a model of the client, departs from `wanted`."""
    return list(differences(wanted, live, (model,)))


def unknown(model: type[OpenApiModel], wanted: dict[str, Any], live: dict[str, Any]) -> list[str]:
    """Return the fields of a resource that neither the asset nor the client's model names, and so nobody compared."""
    known = {*wanted, *model.openapi_types, *NEWER.get(model.__name__, {})}
    return [name for name, value in live.items() if name not in known and not _is_empty(value, name)]


def differences(wanted: Any, live: Any, types: Types = (), where: tuple[str | int, ...] = ()) -> Iterator[Difference]:
    key = where[-1] if where else ''
    model = next(
        (type_ for type_ in types if isinstance(type_, type) and issubclass(type_, ModelNormal | ModelComposed)), None
    )
    if wanted is None and model:
        wanted = {}
    if isinstance(wanted, dict) and isinstance(live, dict):
        fields = _fields(model, wanted) if model else {}
        for name, value in wanted.items():
            yield from differences(value, live.get(name), fields.get(name, ((), None))[0], (*where, name))
        for name in live:
            if name in fields and name not in wanted:
                yield from _unnamed(live[name], *fields[name], (*where, name))
    elif isinstance(wanted, list) and isinstance(live, list):
        if key not in UNORDERED:
            items = tuple(type_[0] for type_ in types if isinstance(type_, list))
            yield from _list_differences(wanted, live, items, where)
        elif _as_set(wanted) != _as_set(live):
            yield Difference(where, live, wanted)
    elif not _same(wanted, live, key):
        yield Difference(where, live, wanted)


def _unnamed(live: Any, types: Types, default: Any, where: tuple[str | int, ...]) -> Iterator[Difference]:
    """Yield a field that the asset does not name, if it is not at its default."""
    if isinstance(live, dict):
        departs = any(differences(None, live, types))
    else:
        departs = live is not None and not _same(default, live, where[-1])
    if departs:
        yield Difference(where, live, default, _nothing(types) if default is None else default)


def _nothing(types: Types) -> Any:
    """Return the value of a type that says no more than leaving it out; None where there is none."""
    for type_ in types:
        if isinstance(type_, list):
            return []
        if isinstance(type_, dict) or issubclass(type_, ModelNormal):
            return {}
    return next((nothing for kind, nothing in ((bool, False), (str, '')) if kind in types), None)


def _fields(model: type[OpenApiModel], wanted: dict[str, Any]) -> dict[str, tuple[Types, Any]]:
    """Return the types and the default of each field that a model knows and the server does not set.

    Of a model that is one of several, those that `wanted` can be: a widget by its type, a query by its source.
    """
    if not issubclass(model, ModelComposed):
        return _known(model)
    fields: dict[str, tuple[Types, Any]] = {}
    for choice in model._composed_schemas['oneOf']:
        if isinstance(choice, type) and issubclass(choice, OpenApiModel) and _can_be(choice, wanted):
            fields |= _fields(choice, wanted)
    return fields


def _known(model: type[OpenApiModel]) -> dict[str, tuple[Types, Any]]:
    name = model.__name__
    types = NEWER.get(name, {}) | dict(model.openapi_types)
    theirs = set(model.read_only_vars) | SERVER_SET.get(name, set())
    return {field: (types[field], DEFAULTS.get(name, {}).get(field)) for field in types if field not in theirs}


def _can_be(model: type[OpenApiModel], wanted: dict[str, Any]) -> bool:
    types = dict(model.openapi_types)
    return all(
        value in (getattr(type_, 'allowed_values', None) or [value])
        for name, value in wanted.items()
        for type_ in types.get(name, ())
        # A list or an object may be a word in another model, as `group_by` of widgets.
        if isinstance(value, str)
    )


def _list_differences(
    wanted: list[Any], live: list[Any], items: Types, where: tuple[str | int, ...]
) -> Iterator[Difference]:
    """Yield the differences of two ordered lists: what is equal at the end is set aside, so that one widget put in
    front shows as one widget and not as a change of all."""

    def equal(new: Any, old: Any) -> bool:
        return next(differences(new, old, items), None) is None

    shortest = min(len(wanted), len(live))
    tail = next((i for i in range(shortest) if not equal(wanted[-1 - i], live[-1 - i])), shortest)
    new, old = wanted[: len(wanted) - tail], live[: len(live) - tail]
    for index in range(max(len(new), len(old))):
        here = (*where, index)
        if index < len(new) and index < len(old):
            yield from differences(new[index], old[index], items, here)
        else:
            yield Difference(here, *(part[index] if index < len(part) else None for part in (old, new)))


def _as_set(values: list[Any]) -> set[str]:
    return {json.dumps(value).casefold() for value in values}


def _same(wanted: Any, live: Any, key: str | int) -> bool:
    if _is_empty(wanted, key) and _is_empty(live, key):
        return True
    if isinstance(wanted, bool) != isinstance(live, bool):
        return False
    if key == 'start' and isinstance(wanted, str) and isinstance(live, str):
        # `wanted` is the next occurrence. Earlier ones at the same time of day are the same series, begun before;
        # a later one leaves occurrences out.
        return wanted[11:16] == live[11:16] and live[:10] <= wanted[:10]
    return bool(_normal(wanted, key) == _normal(live, key))


def _is_empty(value: Any, key: str | int) -> bool:
    """Whether a value says no more than its absence would."""
    if value is None or value is False or value in ('', [], {}):
        return True
    return key in ZERO_IS_UNSET and value == 0


def _normal(value: Any, key: str | int) -> Any:
    """Bring a value to the form in which two ways of writing the same are equal. 800 and 800.0 already are."""
    if not isinstance(value, str):
        return value
    value = value.replace('\r\n', '\n').strip()
    if key in ('formula', 'q', 'query'):
        value = re.sub(r'\s*([(){},<>=:+*/])\s*', r'\1', re.sub(r'\s+', ' ', value))
        return re.sub(r'(?<=\d)\.0+(?!\d)', '', value)
    if key == 'type':
        return MONITOR_TYPES.get(value, value)
    if key == 'rrule':
        parts = dict(part.partition('=')[::2] for part in value.upper().removeprefix('RRULE:').split(';') if part)
        return {name: frozenset(part.split(',')) for name, part in (RRULE_DEFAULTS | parts).items()}
    if key == 'duration' and re.fullmatch(r'\d+[mhdw]', value):
        return int(value[:-1]) * MINUTES[value[-1]]
    return value
