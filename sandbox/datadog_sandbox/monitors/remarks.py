"""What of a monitor is not, or only nearly, evaluated as Datadog does: nothing is left out in silence."""

from collections.abc import Iterator, Mapping
from typing import Any

from datadog_sandbox.query import QueryError

from .model import Monitor, Remark
from .options import plan_of

ACTED_ON = {
    'escalation_message', 'evaluation_delay', 'group_retention_duration', 'include_tags', 'new_group_delay',
    'new_host_delay', 'no_data_timeframe', 'notification_preset_name', 'notify_by', 'notify_no_data',
    'on_missing_data', 'renotify_interval', 'renotify_occurrences', 'renotify_statuses', 'require_full_window',
    'scheduling_options', 'silenced', 'threshold_windows', 'thresholds', 'timeout_h',
}  # fmt: skip
"""Options that change what a monitor does here."""
WITHOUT_EFFECT = {
    'aggregation': 'belongs to monitors of logs, which are not evaluated here',
    'avalanche_window': 'is not documented, and changes nothing here',
    'device_ids': 'belongs to Synthetic Monitoring, which is not here',
    'enable_logs_sample': 'adds samples of logs to notifications, and no logs are kept here',
    'enable_samples': 'adds samples to notifications, which no mail of the sandbox has',
    'groupby_simple_monitor': 'belongs to monitors of logs, which are not evaluated here',
    'locked': 'restricts who may change the monitor, and here everybody may',
    'min_failure_duration': 'belongs to Synthetic Monitoring, which is not here',
    'min_location_failed': 'belongs to Synthetic Monitoring, which is not here',
    'notify_audit': 'notifies of changes of the monitor, which the sandbox does not',
    'restriction_query': 'restricts what a monitor of logs sees, which is not evaluated here',
    'synthetics_check_id': 'belongs to Synthetic Monitoring, which is not here',
    'variables': 'belongs to formulas over other data than metrics, which is not kept here',
}
"""Options that change nothing here, and why."""


def remarks(monitor: Monitor) -> list[Remark]:
    """Return what is not acted on or approximated; nothing of a monitor that is not evaluated at all."""
    try:
        plan = plan_of({'id': 0, **monitor})
    except QueryError:
        return []
    result = [*plan.type.remarks(), *_options(monitor.get('options') or {})]
    if plan.notify_by is not None:
        message = 'options.notify_by: a downtime mutes those groups whose common tags are in its scope.'
        result.append(Remark('option-notify_by', message, True))
    for name in ('restricted_roles', 'restriction_policy'):
        if monitor.get(name):
            message = f'{name} restricts who may change the monitor, and here everybody may.'
            result.append(Remark(f'field-{name}', message, False))
    return result


def _options(options: Mapping[str, Any]) -> Iterator[Remark]:
    for name, value in options.items():
        if name not in ACTED_ON and value not in (None, False, 0, '', [], {}):
            reason = WITHOUT_EFFECT.get(name, 'is not known to the sandbox, and changes nothing here')
            yield Remark(f'option-{name}', f'options.{name} {reason}.', False)
