"""The limits that Datadog documents for monitors. In its own words where these are known."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from datadog_sandbox.monitors import refusal
from datadog_sandbox.query import MonitorQuery
from datadog_sandbox.times import DAY, MINUTE, UNITS

from .misfits import Refused

LONGEST_DELAY = DAY
RECOVERY = 'critical_recovery', 'warning_recovery'
LAST = re.compile(r'\.\s*last\(\s*\\?["\'](\d{1,6})([mhdw])\\?["\']\s*\)')
BURN_RATE = re.compile(
    r'\s*burn_rate\(\s*["\']?([\w-]+)["\']?\s*\)\s*\.over\(\s*["\'](\w+)["\']\s*\).*>=?\s*([\d.]+)\s*', re.DOTALL
)
WINDOW = re.compile(r'last_(\d{1,5})([mhdw])')


def check(monitor: Mapping[str, Any], parsed: MonitorQuery | None, searches: bool) -> None:
    """Raise `Refused` for an option or a window beyond its limit. `searches` is for types that count records."""
    options = monitor['options']
    thresholds = {name: value for name, value in (options.get('thresholds') or {}).items() if value is not None}
    if (options.get('evaluation_delay') or 0) > LONGEST_DELAY:
        # "The maximum configurable evaluation delay is 86400 seconds (24 hours)":
        # https://docs.datadoghq.com/monitors/configuration/#evaluation-delay
        raise Refused(f'options.evaluation_delay must be from 0 to {LONGEST_DELAY}, not {options["evaluation_delay"]}')
    if options.get('renotify_occurrences') and not options.get('renotify_interval'):
        # https://github.com/DataDog/terraform-provider-datadog/pull/2820
        raise Refused('The renotify_occurrences option can only be used if renotify_interval is set')
    match = LAST.search(monitor['query']) if searches else None
    if match and int(match[1]) * UNITS[match[2]] > 2 * DAY:
        # "Log monitors have a maximum rolling time window of 2 days": https://docs.datadoghq.com/monitors/types/log/
        raise Refused(
            "The value provided for parameter 'query' is invalid: the window of .last() is at most 2d, "
            f'not {match[1]}{match[2]}'
        )
    if monitor['type'] == 'event-v2 alert' and (found := [name for name in RECOVERY if name in thresholds]):
        # https://github.com/DataDog/terraform-provider-datadog/issues/1401
        raise Refused(f'Invalid threshold statuses found: {", ".join(found)}.')
    if monitor['type'] == 'service check':
        _check_counts(monitor['query'], thresholds)
    if monitor['type'] == 'slo alert' and (reason := refusal(monitor)):
        raise Refused(f"The value provided for parameter 'query' is invalid: {reason}")
    if parsed is not None and parsed.algorithm == 'anomalies':
        _check_windows(parsed.threshold, options.get('threshold_windows') or {})


def _check_counts(query: str, thresholds: Mapping[str, Any]) -> None:
    """Refuse consecutive runs of no group, and more of them than a monitor looks at."""
    if 'count_by_status' not in query:
        return
    if not re.search(r'\.\s*by\s*\(', query):
        # https://github.com/DataDog/terraform-provider-datadog/issues/1321
        raise Refused('A grouping must be specified for custom checks')
    runs = re.search(r'\.\s*last\(\s*(\d{1,3})\s*\)', query)
    most = max((value for value in thresholds.values() if isinstance(value, int | float)), default=0)
    if runs and most > int(runs[1]):
        # https://github.com/DataDog/terraform-provider-datadog/issues/1202
        raise Refused('Last field should be larger than or equal to max threshold defined in monitor options')


def _check_windows(threshold: float, windows: Mapping[str, Any]) -> None:
    """Refuse a recovery window so short that an anomaly is over while it still alerts.

    "4h*(1-0.5) +1 min = 121 minutes": https://docs.datadoghq.com/monitors/types/anomaly/#set-alert-conditions. The
    longest there is the trigger window, but monitors that Datadog publishes have longer ones.
    """
    trigger, recovery = (WINDOW.fullmatch(str(windows.get(f'{name}_window'))) for name in ('trigger', 'recovery'))
    if trigger is None or recovery is None or not 0 < threshold <= 1:
        return
    window, length = (int(match[1]) * UNITS[match[2]] for match in (trigger, recovery))
    shortest = window * (1 - threshold) + MINUTE
    if length < shortest:
        raise Refused(
            'alert and alert recovery criteria are such that the monitor can be simultaneously in alert and alert '
            f'recovery states: options.threshold_windows.recovery_window must be at least {shortest / MINUTE:g}m, '
            f'not {windows["recovery_window"]}'
        )


def check_burn_rate(query: str, objectives: Sequence[Mapping[str, Any]]) -> None:
    """Raise `Refused` for a burn rate that its objective cannot reach: https://github.com/DataDog/terraform-provider-datadog/issues/1093"""
    match = BURN_RATE.fullmatch(query)
    objective = next((each for each in objectives if match and each['id'] == match[1]), {})
    target = next((each for each in objective.get('thresholds') or [] if match and each['timeframe'] == match[2]), None)
    if match is None or target is None or float(target['target']) >= 100:
        return
    # With digits enough for 99.9 to be 1000.
    most = round(100 / (100 - float(target['target'])), 6)
    if not 0 < float(match[3]) <= most:
        raise Refused(
            f'Alert threshold ({float(match[3])}) must be in range 0 to {most} for burn rate alerts '
            '(max threshold = 1/1-slo target).'
        )
