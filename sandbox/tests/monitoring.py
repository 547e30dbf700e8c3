"""What the tests of monitors share: points, monitors, downtimes, and how they read what came of them."""

from datadog_sandbox.downtimes import iso
from datadog_sandbox.store import Series

START = 1_795_392_000
"""Monday 23 November 2026, 00:00 UTC."""
MINUTE, HOUR, DAY = 60, 3600, 86400


def send(store, values, start=START, every=MINUTE, host='a', metric='load', tags=(), type='gauge'):
    """Send values of a host, the first at `start`; None sends nothing."""
    series = Series(metric, host, tags, type)
    store.add((series, start + every * index, float(value)) for index, value in enumerate(values) if value is not None)


def make(query='avg(last_5m):avg:load{*} by {host} > 10', thresholds=None, type_='query alert', **options):
    options = {'new_group_delay': 0, 'thresholds': thresholds or {}, **options}
    return {
        'id': 1,
        'type': type_,
        'name': 'load',
        'message': '',
        'query': query,
        'tags': [],
        'options': options,
    }


def minutes(count, first=0):
    return [START + MINUTE * minute for minute in range(first, first + count)]


def brief(notices):
    """Return (minute, kind, old, new) of each notice."""
    return [((notice.moment - START) // MINUTE, notice.kind, notice.old, notice.new) for notice in notices]


def history(store):
    return [((change.time - START) // MINUTE, change.group, change.status) for change in store.transitions(1)]


def downtime(start, end, **attributes):
    """A downtime between two minutes."""
    times = (iso(START + MINUTE * minute) for minute in (start, end))
    attributes = {
        'created': iso(START - DAY), 'canceled': None, 'scope': '*',
        'monitor_identifier': {'monitor_id': 1}, 'schedule': dict(zip(('start', 'end'), times, strict=True)),
        'notify_end_states': ['alert', 'no data', 'warn'], 'notify_end_types': ['expired'], **attributes,
    }  # fmt: skip
    return {'id': f'{start}-{end}', 'type': 'downtime', 'attributes': attributes}


def put(store, *downtimes):
    for one in downtimes:
        store.save('downtime', one['id'], one)


def mailed(notices):
    return brief([notice for notice in notices if not notice.muted])


SHORT = 'avg(last_1m):avg:load{*} by {host} > 10'
