"""The events of monitors: one for each notification, in the stream of the account.

"Monitors trigger events when they change state", and "if a monitor has been silenced [...], then any transition from
RESOLVED to another state does not trigger an event": https://docs.datadoghq.com/monitors/downtimes/, as of 2019. The
fields are those of `EventAttributes` and `MonitorType` in https://docs.datadoghq.com/api/latest/events/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox.monitors import Notice, dependencies, reads_events
from datadog_sandbox.monitors.types.event import ALERT
from datadog_sandbox.store import Store

TYPES = {'Alert': 'error', 'Warn': 'warning', 'No Data': 'error', 'OK': 'success'}
"""The `alert_type` of each state; that of No Data is not documented."""
KINDS = {'composite': 'composite_monitor', 'metric alert': 'query_alert_monitor', 'query alert': 'query_alert_monitor'}
"""The type of the event of each type of monitor, where that is not its name with underscores.

https://docs.datadoghq.com/integrations/webhooks/#event-types
"""
MOST_TEXT = 4000
"""Characters of the text of an event that clients read."""
FACTS = 'State', 'Value', 'Query'
"""The facts below the message; the others are in fields of their own."""
FIELDS = 'id', 'query', 'type', 'tags', 'message'


def keep(
    store: Store,
    monitor: Mapping[str, Any],
    notice: Notice,
    title: str,
    name: str,
    text: str,
    facts: Sequence[tuple[str, str]],
) -> None:
    """Keep the event of a notice. `title`, `name`, and `text` are rendered."""
    kind = str(monitor['type'])
    lines = '\n'.join(f'- {fact}: {value}' for fact, value in facts if fact in FACTS)
    groups = [notice.group]
    about = {
        **{field: monitor[field] for field in FIELDS if field in monitor},
        'name': name,
        'templated_name': monitor.get('name') or '',
        'groups': groups,
    }
    id_ = store.next_number('event')
    event = {
        'id': id_,
        'date_happened': notice.moment,
        'title': title,
        'text': f'%%%\n{text[:MOST_TEXT]}\n\n{lines}'[: MOST_TEXT - 4] + '\n%%%',
        'alert_type': TYPES[notice.new],
        'priority': 'normal',
        'source': ALERT,
        'tags': _tags(monitor, notice),
        'aggregation_key': f'{monitor["id"]}|{notice.group}',
        'monitor': about,
        'monitor_id': monitor['id'],
        'monitor_groups': groups,
        'downstream': reads_events(monitor) or bool(dependencies(monitor)),
        'evt': {'name': title, 'type': KINDS.get(kind, kind.replace(' ', '_').replace('-', '_'))},
        **({'host': notice.tags['host']} if notice.tags.get('host') else {}),
    }
    store.save('event', id_, event)


def _tags(monitor: Mapping[str, Any], notice: Notice) -> list[str]:
    """Return the tags of the monitor and of its group, each once."""
    of_group = [f'{key}:{value}' if value else key for key, value in notice.tags.items()]
    return list(dict.fromkeys(['monitor', *map(str, monitor.get('tags') or ()), *of_group]))
