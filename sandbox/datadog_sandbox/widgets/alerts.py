"""The monitor that a widget shows."""

from collections.abc import Mapping
from typing import Any

from .model import Context, Empty


def monitor_of(definition: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the monitor of a definition with `alert_id`. Raises `Empty` where the account has none of this id."""
    id_ = str(definition['alert_id'])
    monitor = context.store.get('monitor', int(id_)) if id_.isdecimal() and len(id_) < 19 else None
    if monitor is None:
        raise Empty(f'There is no monitor {id_} here')
    return monitor
