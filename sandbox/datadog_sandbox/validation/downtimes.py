"""What Datadog refuses of the attributes of a downtime, API v2."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox import downtimes

from .misfits import Misfits, Refused, check, model

PLACE = 'body.data.attributes'
OWN = ('created', 'modified', 'canceled', 'status', 'run_as')
"""Attributes of an answer that are the account's own."""
VALUE = re.compile(r'[^\s(),!]+')
MOST_TAGS, LONGEST_TAG = 32, 256
WORDS = ('AND', 'OR', 'NOT', '*')


def downtime(attributes: Any, update: bool = False) -> dict[str, Any]:
    """Return the attributes that a request sets, nulls too. Raises `Refused`.

    Unlike in monitors and dashboards, an unknown field is refused: Datadog's recorded answer is such a refusal.
    """
    misfits = _misfits(attributes, update)
    if misfits.unknown:
        names = ', '.join(repr(place.rpartition('.')[2]) for place in misfits.unknown)
        were = 'was' if len(misfits.unknown) == 1 else 'were'
        raise Refused(f'Additional properties are not allowed ({names} {were} unexpected)')
    if errors := misfits.refusals():
        raise Refused(errors[0])
    fields = {name: value for name, value in attributes.items() if name not in OWN}
    _check_scope(fields.get('scope'))
    _check_tags((fields.get('monitor_identifier') or {}).get('monitor_tags') or [])
    try:
        downtimes.check(fields)
    except downtimes.DowntimeError as error:
        raise Refused(str(error)) from error
    return fields


def unknown_of_downtime(attributes: Any) -> list[str]:
    return _misfits(attributes, False).strange


def _misfits(attributes: Any, update: bool) -> Misfits:
    """Return how attributes differ from the models, the schedule from the one that it is meant for."""
    kind = 'update' if update else 'create'
    fields: Any = attributes
    if isinstance(attributes, Mapping):
        fields = {name: value for name, value in attributes.items() if name not in (*OWN, 'schedule')}
    misfits = check(fields, _model(f'{kind}_request_attributes'), PLACE)
    schedule = attributes.get('schedule')
    if schedule is not None:
        if isinstance(schedule, Mapping):
            # Which occurrence is the current one is the account's own.
            schedule = {name: value for name, value in schedule.items() if name != 'current_downtime'}
        misfits.extend(check(schedule, _schedule_model(schedule, kind), f'{PLACE}.schedule'))
    return misfits


def _schedule_model(schedule: Any, kind: str) -> type:
    recurring = isinstance(schedule, Mapping) and (
        'recurrences' in schedule or kind == 'update' and 'timezone' in schedule
    )
    return _model(f'schedule_recurrences_{kind}_request' if recurring else 'schedule_one_time_create_update_request')


def _model(module: str) -> type:
    name = ''.join(part.title() for part in module.split('_'))
    return model('v2', f'downtime_{module}', f'Downtime{name}')


def _check_scope(scope: str | None) -> None:
    """Refuse a value without a key, in Datadog's words."""
    if scope is None:
        return
    # What stands in the parentheses after a key are its values.
    outside = re.sub(r':\([^()]*\)', ':x', scope)
    if any(':' not in value and value not in WORDS for value in VALUE.findall(outside)):
        raise Refused('All values must have a key')


def _check_tags(tags: Sequence[str]) -> None:
    """Refuse too many tags of monitors, and too long ones: "By Monitor Tags" of …/monitors/downtimes/."""
    if len(tags) > MOST_TAGS:
        raise Refused(f'monitor_identifier.monitor_tags holds {len(tags)} tags; at most {MOST_TAGS} are allowed')
    if long := [tag for tag in tags if len(tag) > LONGEST_TAG]:
        raise Refused(
            f'monitor_identifier.monitor_tags: a tag has at most {LONGEST_TAG} characters, not {len(long[0])}'
        )
