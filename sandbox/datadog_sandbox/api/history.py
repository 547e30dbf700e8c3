"""Fields that Datadog's answers gained or lost: while the clock stands before a change, answers are as they were then.

The clock of a sandbox belongs to its account. One that has the present time sees no change, as all of them are past.
The days are those of the first recorded answers with the new form, in the suites of datadog-api-client-python, -go,
and -java, datadogpy, terraform-provider-datadog, and datadog-sync-cli. Datadog made the change before that day, and
after the last recording without it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

ABSENT: Any = object()
"""What a field was before a change that added it."""


class Change(NamedTuple):
    kind: str
    """The kind of answer, as `endpoint` names it."""
    field: str
    """Names from the answer down to the field, separated by dots; a list on the way means each of its objects."""
    day: str
    """The day, in UTC, from which on answers have the present form."""
    before: Any
    """The value that an answer without the field had before."""
    unless: str = ''
    """A field beside it: where that has a value that is not empty, there was no change."""


CHANGES = (
    Change('current user', 'data.relationships.team_roles', '2026-07-03', ABSENT),
    Change('dashboard', 'is_read_only', '2025-06-30', False, unless='restricted_roles'),
    Change('dashboard', 'restricted_roles', '2022-01-10', ABSENT),
    # It left answers to GET first.
    Change('dashboard read', 'is_read_only', '2025-04-09', False, unless='restricted_roles'),
    Change('dashboard read', 'restricted_roles', '2022-01-10', ABSENT),
    Change('dashboard list', 'dashboards.tags', '2026-01-09', ABSENT),
    Change('dashboards', 'dashboards.deleted_at', '2022-01-17', ABSENT),
    Change('downtime', 'included.attributes.last_login_time', '2025-12-11', ABSENT),
    Change('downtime', 'included.attributes.uuid', '2026-07-14', ABSENT),
    Change('downtime v1', 'child_id', '2021-04-12', ABSENT),
    Change('downtime v1', 'created', '2021-10-19', ABSENT),
    Change('downtime v1', 'modified', '2021-10-19', ABSENT),
    Change('downtime v1', 'mute_first_recovery_notification', '2022-04-07', ABSENT),
    Change('downtime v1', 'notify_end_states', '2023-03-02', ABSENT),
    Change('downtime v1', 'notify_end_types', '2023-03-02', ABSENT),
    Change('downtime v1', 'status', '2023-03-02', ABSENT),
    Change('downtime v1', 'uuid', '2023-03-22', ABSENT),
    Change('event', 'event.id_str', '2022-01-06', ABSENT),
    Change('event', 'event.monitor_groups', '2022-07-25', ABSENT),
    Change('event', 'event.monitor_id', '2022-07-25', ABSENT),
    Change('event', 'events.id_str', '2022-01-06', ABSENT),
    Change('event', 'events.monitor_group_status', '2022-07-25', ABSENT),
    Change('event', 'events.monitor_groups', '2022-07-25', ABSENT),
    Change('event', 'events.monitor_id', '2022-07-25', ABSENT),
    Change('logs', 'meta.elapsed', '2024-10-01', ABSENT),
    Change('logs', 'meta.request_id', '2024-10-01', ABSENT),
    Change('logs', 'meta.status', '2024-10-01', ABSENT),
    # In between, answers to GET had an empty list for clients that did not ask for the assets.
    Change('monitor', 'assets', '2026-02-09', []),
    Change('monitor', 'assets', '2025-11-21', ABSENT),
    Change('monitor', 'draft_status', '2025-05-14', ABSENT),
    Change('monitor', 'options.locked', '2022-03-22', False),
    Change('monitor', 'priority', '2021-10-14', ABSENT),
    Change('monitor', 'restriction_policy', '2024-10-10', ABSENT),
    Change('permissions', 'data.attributes.name_aliases', '2026-03-27', ABSENT),
    Change('query', 'series.tag_set', '2021-04-12', ABSENT),
    Change('query', 'times', '2022-01-06', ABSENT),
    Change('query', 'values', '2022-01-06', ABSENT),
    Change('role', 'data.attributes.managed', '2024-11-06', ABSENT),
    Change('role', 'data.attributes.team_count', '2025-02-26', ABSENT),
    Change('slo history', 'data.overall.state', '2024-01-03', ABSENT),
    Change('slo history', 'data.slo.sli_specification.count', '2026-02-25', ABSENT),
    Change('slo', 'data.sli_specification.count', '2026-02-25', ABSENT),
    Change('slo', 'data.target_threshold', '2023-02-14', ABSENT),
    Change('slo', 'data.timeframe', '2023-02-14', ABSENT),
    Change('slo', 'data.warning_threshold', '2023-02-14', ABSENT),
    Change('slos to delete', 'data.denied_ids', '2023-04-17', ABSENT),
    Change('user', 'data.attributes.last_login_time', '2025-11-26', ABSENT),
    Change('user', 'data.attributes.mfa_enabled', '2024-01-09', ABSENT),
    Change('user', 'data.attributes.modified_at', '2021-08-06', ABSENT),
    Change('user', 'data.attributes.uuid', '2026-04-14', ABSENT),
    Change('user', 'data.relationships.team_roles', '2026-04-14', ABSENT),
    Change('users', 'data.attributes.last_login_time', '2025-11-26', ABSENT),
    Change('users', 'data.attributes.mfa_enabled', '2024-01-09', ABSENT),
    Change('users', 'data.attributes.modified_at', '2021-08-06', ABSENT),
    Change('users', 'data.attributes.uuid', '2026-05-19', ABSENT),
    Change('users', 'included.attributes.managed', '2025-04-15', ABSENT),
    Change('users', 'meta.page.max_page_size', '2024-01-09', ABSENT),
)
"""Of two changes of one field, the later is first: it is undone first."""


SHORT_REFUSALS = '2023-12-22'
"""The day from which on the refusal of a request without keys has nothing but its errors."""
FULL_REFUSAL = {
    'status': 'error', 'code': 403, 'errors': ['Forbidden'], 'statuspage': 'http://status.datadoghq.com',
    'twitter': 'http://twitter.com/datadogops', 'email': 'support@datadoghq.com',
}  # fmt: skip
"""That refusal before."""
LOGIN_METHODS_LISTED, LOGIN_METHODS_READ = '2025-11-26', '2026-04-14'
"""The days from which on a list of users, and a user that is read, have the ways to log in to their organization."""
USER_TITLES = '2024-01-09'
"""The day from which on a user without a title has an empty one in a list; before, it was null."""
EVENT_SOURCES = '2022-07-25'
"""The day from which on an event of API v1 has a tag that says where it comes from, and `event_id` in its address."""


def before(day: str, now: float) -> bool:
    """Return whether a time, in seconds since the epoch, is before a day such as '2025-06-30', in UTC."""
    return now < datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def as_of(now: float, kind: str, answer: Any) -> Any:
    """Return an answer of a kind as Datadog gave it at a time, in seconds since the epoch. The answer itself stays."""
    for change in CHANGES:
        if change.kind == kind and before(change.day, now):
            answer = _before(answer, change.field.split('.'), change)
    return answer


def _before(value: Any, path: Sequence[str], change: Change) -> Any:
    if isinstance(value, list):
        return [_before(entry, path, change) for entry in value]
    if not isinstance(value, dict):
        return value
    name, *rest = path
    if rest and name in value:
        within = _before(value[name], rest, change)
        # What held nothing else went with its field.
        return value | {name: within} if within or not value[name] else _without(value, name)
    if rest:
        return value
    if change.before is ABSENT:
        return _without(value, name)
    return value if value.get(change.unless) else {name: change.before} | value


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: entry for field, entry in value.items() if field != name}
