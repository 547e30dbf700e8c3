"""Puts the data of a test into an account."""

import math

from datadog_sandbox.store import Series, ServiceCheck, Store, sketch_of

from . import inputs, models
from .planning import Plan


def fill(store: Store, scenario: models.Scenario, plan: Plan) -> None:
    """Store the hosts, points, runs of service checks, events, logs, and spans of a test."""
    for host_name, host in scenario.hosts.items():
        meta = {'gohai': {'network': {'ipaddress': host.ip}}} if host.ip else {}
        store.add_host(host_name, tuple(sorted(set(host.tags))), meta, plan.start)
    length = plan.end - plan.start
    for sample in plan.samples:
        interval = 0 if sample.type == 'gauge' else sample.interval
        series = Series(sample.name.metric, sample.name.host, sample.name.tags, sample.type, interval)
        times, values = sample.points(length)
        if sample.type == 'distribution':
            pairs = zip((plan.start + times).tolist(), values.tolist(), strict=True)
            store.add_sketches(sketch_of(series, time, [value]) for time, value in pairs if not math.isnan(value))
        else:
            store.add_series(series, plan.start + times, values)
    for checks in plan.test.check_series:
        runs = inputs.runs(checks.values, checks.interval or plan.test.interval, length)
        for name in inputs.names(checks.check):
            store.add_service_checks(
                ServiceCheck(name.metric, name.host, name.tags, status, plan.start + time, checks.message)
                for time, status in runs
            )
    with store.transaction():
        alike = ((moment, records) for moment, records in plan.records for _ in range(records.count))
        for number, (moment, records) in enumerate(alike, 1):
            records.put(store, number, moment)
