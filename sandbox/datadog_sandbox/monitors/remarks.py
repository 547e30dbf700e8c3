"""Remarks: the differences between the evaluation of a monitor here and in Datadog."""

from collections.abc import Iterator, Mapping
from typing import Any

from datadog_sandbox.query import QueryError

from .model import Monitor, Remark
from .options import THRESHOLDS, settings_of

ACTED_ON = {
    'escalation_message', 'evaluation_delay', 'group_retention_duration', 'include_tags', 'new_group_delay',
    'new_host_delay', 'no_data_timeframe', 'notification_preset_name', 'notify_by', 'notify_no_data',
    'on_missing_data', 'renotify_interval', 'renotify_occurrences', 'renotify_statuses', 'require_full_window',
    'scheduling_options', 'silenced', 'threshold_windows', 'thresholds', 'timeout_h', 'variables',
}  # fmt: skip
"""Options that have an effect here."""
WITHOUT_EFFECT = {
    'aggregation': 'is not looked at: the query says what is computed of logs',
    'avalanche_window': 'is not documented, and has no effect in the sandbox',
    'device_ids': 'is for Synthetic Monitoring, which the sandbox does not emulate',
    'enable_logs_sample': 'adds log samples to notifications, which mails of the sandbox do not have',
    'enable_samples': 'adds samples to notifications, which mails of the sandbox do not have',
    'groupby_simple_monitor': 'makes one alert of all groups of logs, and the sandbox alerts for each group',
    'locked': 'restricts who may change the monitor, and in the sandbox everybody may',
    'min_failure_duration': 'is for Synthetic Monitoring, which the sandbox does not emulate',
    'min_location_failed': 'is for Synthetic Monitoring, which the sandbox does not emulate',
    'notify_audit': 'notifies of changes of the monitor, which the sandbox does not',
    'restriction_query': 'restricts which logs are seen, and in the sandbox everybody sees all',
    'synthetics_check_id': 'is for Synthetic Monitoring, which the sandbox does not emulate',
}
"""Options that have no effect here, and why."""
OF_REMINDERS = ('escalation_message', 'renotify_statuses')
OF_CHECKS = ('ok', 'unknown')
"""Thresholds of service checks alone: https://github.com/DataDog/terraform-provider-datadog/issues/796"""


def remarks(monitor: Monitor) -> list[Remark]:
    """Return the remarks on a monitor; none on a monitor that is not evaluated at all."""
    try:
        settings = settings_of({'id': 0, **monitor})
    except QueryError:
        return []
    options = monitor.get('options') or {}
    result = [*settings.type.remarks(), *_options(options), *_without_another(options)]
    thresholds = options.get('thresholds') or {}
    others = THRESHOLDS[2:] if monitor['type'] == 'service check' else OF_CHECKS
    for name in (name for name in others if thresholds.get(name) is not None):
        only = 'metric monitors' if name in THRESHOLDS else 'service checks'
        result.append(Remark('threshold', f'options.thresholds.{name} is for {only}, and has no effect here.', False))
    if settings.notify_by is not None:
        message = 'options.notify_by: a downtime mutes groups that notify together only by the tags they share.'
        result.append(Remark('option-notify_by', message, True))
    for name in ('restricted_roles', 'restriction_policy'):
        if monitor.get(name):
            message = f'{name} restricts who may change the monitor, and in the sandbox everybody may.'
            result.append(Remark(f'field-{name}', message, False))
    return result


def _without_another(options: Mapping[str, Any]) -> Iterator[Remark]:
    """Yield a remark for each option that, as documented, has no effect without another option, or beside it."""
    for name in OF_REMINDERS:
        if options.get(name) and not options.get('renotify_interval'):
            yield Remark(f'option-{name}', f'options.{name} has no effect without renotify_interval.', False)
    if options.get('on_missing_data'):
        for name in ('notify_no_data', 'no_data_timeframe'):
            if options.get(name):
                yield Remark(f'option-{name}', f'options.{name} has no effect beside on_missing_data.', False)


def _options(options: Mapping[str, Any]) -> Iterator[Remark]:
    for name, value in options.items():
        if name not in ACTED_ON and value not in (None, False, 0, '', [], {}):
            reason = WITHOUT_EFFECT.get(name, 'is unknown to the sandbox, and has no effect in it')
            yield Remark(f'option-{name}', f'options.{name} {reason}.', False)
