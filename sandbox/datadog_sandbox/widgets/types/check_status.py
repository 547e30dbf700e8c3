"""check_status: the latest status of a service check, or how many of each there are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.table import Cell, Table
from datadog_sandbox.natural import natural
from datadog_sandbox.store import ServiceCheck, Store
from datadog_sandbox.widgets.model import Context, Empty
from datadog_sandbox.widgets.tables import TableContent

STATUSES = ('OK', 'ok'), ('Warning', 'warning'), ('Critical', 'error'), ('Unknown', 'muted')
"""Names and colours by the number of the status."""


@dataclass(frozen=True)
class CheckStatus(TableContent):
    type = 'check_status'
    template = 'check_status.html'

    @property
    def counts(self) -> Sequence[tuple[str, Cell]]:
        """Return each status and how many checks have it, where they are not grouped."""
        first, *others = self.table.rows
        ungrouped = not others and all(cell.number for cell in first)
        return list(zip(self.table.columns, first, strict=True)) if ungrouped else []

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        name = str(definition['check'])
        required = _required_tags(definition, context)
        every = [(check, _tags(context.store, check)) for check in context.store.service_checks()]
        every = [(check, tags) for check, tags in every if check.name == name]
        if not every:
            raise Empty(f'There is no service check {name} yet')
        chosen = [(check, tags) for check, tags in every if all(tags & tag for tag in required)]
        if not chosen:
            raise Empty(f'No service check {name} has the tags of this widget')
        if definition.get('grouping') == 'check':
            return cls(Table(['status', 'host', 'tags'], [_single(check) for check, _ in chosen]))
        return cls(_counted(chosen, [str(key) for key in definition.get('group_by') or []]))


def _required_tags(definition: Mapping[str, Any], context: Context) -> list[set[str]]:
    """Return the tags that a check needs, one of each set: those of the widget, and of its one group."""
    written = [str(tag) for tag in definition.get('tags') or []]
    group = str(definition.get('group') or '')
    written += [tag for tag in group.split(',') if tag] if definition.get('grouping') == 'check' else []
    chosen = [
        list(context.variables.get(tag[1:].removesuffix('.value'), [])) if tag.startswith('$') else [tag]
        for tag in (tag.strip() for tag in written)
    ]
    return [set(tags) for tags in chosen if tags and '*' not in tags]


def _tags(store: Store, check: ServiceCheck) -> set[str]:
    host = (f'host:{check.host}', *store.host_tags(check.host)) if check.host else ()
    return {*check.tags, *host}


def _single(check: ServiceCheck) -> list[Cell]:
    name, colour = STATUSES[min(check.status, 3)]
    return [Cell(name, colour=colour), Cell(check.host or '-'), Cell(', '.join(check.tags) or '-')]


def _counted(chosen: Iterable[tuple[ServiceCheck, set[str]]], keys: list[str]) -> Table:
    """Count the checks of each status, by the values of some tags."""
    counts: dict[tuple[str, ...], Counter[int]] = defaultdict(Counter)
    for check, tags in chosen:
        group = tuple(
            next((tag.partition(':')[2] for tag in sorted(tags) if tag.startswith(f'{key}:')), 'N/A') for key in keys
        )
        counts[group][min(check.status, 3)] += 1
    # Unknown is rare.
    statuses = [*enumerate(STATUSES)][: 4 if any(own[3] for own in counts.values()) else 3]
    rows = [
        [
            *map(Cell, group),
            *(
                Cell(str(counts[group][status]), True, colour if counts[group][status] else 'muted')
                for status, (_, colour) in statuses
            ),
        ]
        for group in sorted(counts, key=lambda group: natural(' '.join(group)))
    ]
    return Table([*keys, *(name for _, (name, _) in statuses)], rows)
