"""Puts the data of a test into an account."""

from typing import Any

from datadog_sandbox import notifications
from datadog_sandbox.store import Series, ServiceCheck, Store

from . import inputs, models
from .planning import Plan


def fill(store: Store, scenario: models.Scenario, plan: Plan) -> None:
    """Store the hosts, points, runs of service checks, and events of a test."""
    for host_name, host in scenario.hosts.items():
        meta = {'gohai': {'network': {'ipaddress': host.ip}}} if host.ip else {}
        store.add_host(host_name, tuple(sorted(set(host.tags))), meta, plan.start)
    length = plan.end - plan.start
    for sample in plan.samples:
        interval = 0 if sample.type == 'gauge' else sample.interval
        series = Series(sample.name.metric, sample.name.host, sample.name.tags, sample.type, interval)
        times, values = sample.points(length)
        store.add_series(series, plan.start + times, values)
    for checks in plan.test.check_series:
        runs = inputs.runs(checks.values, checks.interval or plan.test.interval, length)
        for name in inputs.names(checks.check):
            store.add_service_checks(
                ServiceCheck(name.metric, name.host, name.tags, status, plan.start + time, checks.message)
                for time, status in runs
            )
    for number, (moment, event) in enumerate(plan.events, 1):
        body = _body(number, moment, event)
        store.save('event', number, body)
        notifications.event_mail(store, body, moment)


def _body(number: int, moment: int, event: models.EventSeries) -> dict[str, Any]:
    """Return an event as the API keeps it."""
    body = {
        'id': number,
        'title': event.title,
        'text': event.text,
        'date_happened': moment,
        'tags': event.tags,
        'host': event.host,
        'source': event.source,
        'alert_type': event.alert_type,
        'priority': event.priority,
        'aggregation_key': event.aggregation_key,
    }
    return {key: value for key, value in body.items() if value is not None}
