"""The state of a monitor, from those of its groups."""

from collections.abc import Mapping
from typing import Any

from .model import TRIGGERED, Monitor


def overall(monitor: Monitor, groups: Mapping[str, Mapping[str, Any]], is_evaluated: bool = True) -> str:
    """Return the state of a monitor: the worst of its groups; 'No Data' without groups.

    As recorded from Datadog, the first evaluation resolves a monitor that never saw data where it has a `timeout_h`,
    which `on_missing_data` rules out.
    """
    present = {group['status'] for group in groups.values()}
    if present:
        return next((status for status in TRIGGERED if status in present), 'OK')
    options = monitor.get('options') or {}
    return 'OK' if is_evaluated and options.get('timeout_h') and not options.get('on_missing_data') else 'No Data'
