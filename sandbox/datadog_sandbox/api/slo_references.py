"""What refers to a service level objective, and so keeps it from being deleted: dashboards and monitors."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import widgets
from datadog_sandbox.store import Store


def alerts_of(store: Store, slo: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the monitors that alert on an objective."""
    return [
        monitor
        for monitor in store.all('monitor')
        if monitor['type'] == 'slo alert' and f'("{slo["id"]}")' in monitor['query']
    ]


def uses(store: Store, slo: Mapping[str, Any]) -> str:
    """Return a line about what refers to an objective, in the words that Datadog has for monitors; '' for nothing."""
    boards = [
        board for board in store.all('dashboard') if slo['id'] in widgets.ids(board.get('widgets') or [], 'slo_id')
    ]
    kinds = {
        'dashboards': [(board['id'], board['title']) for board in boards],
        'monitors': [(monitor['id'], monitor['name']) for monitor in alerts_of(store, slo)],
    }
    named = [f'{kind}: {", ".join(f"[{id_},{name}]" for id_, name in some)}' for kind, some in kinds.items() if some]
    return f'slo [{slo["id"]},{slo["name"]}] is referenced in {" and in ".join(named)}' if named else ''
