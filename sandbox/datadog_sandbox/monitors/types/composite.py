"""Composite monitors, which combine the states of other monitors.

How statuses combine and which groups match: https://docs.datadoghq.com/monitors/types/composite/.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any, Self, cast

import numpy as np
from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from datadog_sandbox.monitors.model import STATUSES, Level, Status
from datadog_sandbox.monitors.readings import Readings, no_readings
from datadog_sandbox.query import QueryError
from datadog_sandbox.query.language import column
from datadog_sandbox.store import Store
from datadog_sandbox.times import MINUTE

from .base import Chunk, MonitorType

MOST = 10
"""Most monitors in a composite monitor."""
LONGEST, DEEPEST = 1000, 100
"""Most characters of a query, and most parentheses and negations."""
SEVERITY = np.array([0, 2, 3, 1])
"""The severity of each of `STATUSES`: OK 0, No Data 1, Warn 2, Alert 3. What is above 0 is alert-worthy."""
LEVELS = np.array([Level.OK, Level.NO_DATA, Level.WARN, Level.ALERT])
"""The level of each severity."""

Severities = Mapping[int, np.ndarray]
"""The severity of each monitor at each moment."""
Expression = Callable[[Severities], np.ndarray]


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Builds a function of severities from the parse tree."""

    def monitor(self, token: Token) -> Expression:
        return operator.itemgetter(int(token))

    def negated(self, inner: Expression) -> Expression:
        def severity(severities: Severities) -> np.ndarray:
            value = inner(severities)
            return np.where(value == 0, 3, np.where(value == 1, 1, 0))

        return severity

    def both(self, *parts: Expression) -> Expression:
        return lambda severities: np.minimum.reduce([part(severities) for part in parts])

    def either(self, *parts: Expression) -> Expression:
        return lambda severities: np.maximum.reduce([part(severities) for part in parts])


@cache
def parser() -> Lark:
    """Return the parser, built on first use: that takes longer than the start of a server."""
    return Lark(
        r"""
        ?start: and_ ("||" and_)* -> either
        ?and_: not_ ("&&" not_)* -> both
        ?not_: "!" not_ -> negated | "(" start ")" | ID -> monitor
        ID: /[0-9]{1,18}/
        %ignore /\s+/
        """,
        parser='lalr',
        transformer=_Builder(),
    )


class CompositeMonitor(MonitorType):
    """A monitor such as `1234 && !(5678 || 9012)`."""

    names = ('composite',)
    window = MINUTE
    can_miss_data = False

    def __init__(self, query: str, expression: Expression, notifies: bool) -> None:
        self.query, self._expression, self._notifies = query, expression, notifies
        self.dependencies = tuple(dict.fromkeys(map(int, re.findall(r'\d+', query))))

    @classmethod
    def parse(cls, query: str, options: Mapping[str, Any]) -> Self:
        if len(query) > LONGEST:
            raise QueryError(f'A composite monitor has at most {LONGEST} characters, not {len(query)}')
        if query.count('(') + query.count('!') > DEEPEST:
            raise QueryError(f'A composite monitor has at most {DEEPEST} parentheses and exclamation marks')
        try:
            expression = cast(Expression, parser().parse(query))
        except UnexpectedInput as error:
            raise QueryError(
                f'Composite query "{query[:200]}", column {column(query, error)}: only ids of monitors, &&, ||, ! and '
                'parentheses are allowed, such as 1234 && !5678'
            ) from None
        notifies = options.get('notify_no_data') or str(options.get('on_missing_data')).startswith('show')
        composite = cls(query, expression, bool(notifies))
        if len(composite.dependencies) > MOST:
            raise QueryError(f'A composite monitor combines at most {MOST} monitors, not {len(composite.dependencies)}')
        return composite

    def read(self, store: Store, moments: Sequence[int], delay: int) -> Iterator[Chunk]:
        histories = {id_: _history(store, id_, moments) for id_ in self.dependencies}
        members = list(_members(histories))
        if not members:
            yield moments, no_readings(len(moments))
            return
        levels = np.empty((len(members), len(moments)), dtype=np.int64)
        notes = []
        for row, (_, severities) in enumerate(members):
            result = self._expression(severities)
            absent = np.logical_or.reduce([severity < 0 for severity in severities.values()])
            levels[row] = np.where(absent, Level.MISSING, LEVELS[np.where(absent, 0, result)])
            notes.append(self._note(severities))
        if not self._notifies:
            # As documented: the last known state stays.
            levels[levels == Level.NO_DATA] = Level.MISSING
        shape = levels.shape
        ends = np.array(moments, dtype=np.int64)
        sustained = np.where(levels == Level.MISSING, Level.OK, levels)
        yield (
            moments,
            Readings(
                [tags for tags, _ in members],
                np.full(shape, np.nan),
                np.broadcast_to(ends, shape),
                np.zeros(shape[0], dtype=np.int64),
                np.ones(shape, dtype=bool),
                levels,
                sustained,
                np.zeros(shape, dtype=bool),
                notes,
            ),
        )

    def members(self, store: Store, tags: Mapping[str, str], moment: int) -> dict[int, tuple[str, str]]:
        members = {}
        for id_ in self.dependencies:
            statuses = {change.group: change.status for change in store.transitions(id_, 0, moment + 1)}
            by_values = {frozenset(_tags(group).values()): group for group in statuses}
            group = next((by_values[values] for values in _subsets(tags) if values in by_values), None)
            if group is not None:
                members[id_] = group, statuses[group]
        return members

    def _note(self, severities: Severities) -> str:
        names = {int(severity): status for severity, status in zip(SEVERITY, STATUSES, strict=True)}
        states = (f'monitor {id_} is {names.get(int(severity[-1]), "unknown")}' for id_, severity in severities.items())
        return ', '.join(states)


History = dict[str, tuple[dict[str, str], np.ndarray]]
"""The tags of each group of a monitor, and its severity at each moment; -1 for unknown."""


def _history(store: Store, id_: int, moments: Sequence[int]) -> History:
    """Return the severities of the groups of a monitor, which is already evaluated up to the last moment."""
    states = store.states(id_)
    changes: dict[str, list[tuple[int, str]]] = {
        group: [(state['since'], state['status'])] for group, state in states.items()
    }
    if len(moments) > 1:
        for group in changes:
            changes[group] = [change for change in changes[group] if change[0] <= moments[0]]
        for transition in store.transitions(id_, 0, moments[-1] + 1):
            changes.setdefault(transition.group, []).append((transition.time, transition.status))
    history: History = {}
    for group, steps in changes.items():
        severity = np.full(len(moments), -1)
        for time, status in sorted(steps):
            position = STATUSES.index(cast(Status, status)) if status in STATUSES else None
            severity[np.searchsorted(moments, time) :] = -1 if position is None else SEVERITY[position]
        tags = states[group]['tags'] if group in states else _tags(group)
        history[group] = tags, severity
    return history


def _tags(group: str) -> dict[str, str]:
    """Return the tags in the name of a group."""
    return {} if group == '*' else dict(cast(tuple[str, str], tag.split(':', 1)) for tag in group.split(','))


def _members(histories: Mapping[int, History]) -> Iterator[tuple[dict[str, str], Severities]]:
    """Yield the groups that all monitors share, each with the severity of each monitor.

    As documented, groups match by the values of their tags, not by the keys. A group of a monitor with fewer keys
    matches all groups with its values; the group of a monitor without keys matches all.
    """
    widest = max(histories, key=lambda id_: max((len(tags) for tags, _ in histories[id_].values()), default=0))
    by_values = {
        id_: {frozenset(tags.values()): severity for tags, severity in history.values()}
        for id_, history in histories.items()
    }
    for tags, _ in histories[widest].values():
        subsets = _subsets(tags)
        matching = {
            id_: next((groups[subset] for subset in subsets if subset in groups), None)
            for id_, groups in by_values.items()
        }
        if all(severity is not None for severity in matching.values()):
            yield tags, cast(Severities, matching)


def _subsets(tags: Mapping[str, str]) -> list[frozenset[str]]:
    """Return the sets of values with which a group of another monitor matches, the largest first."""
    return [frozenset(subset) for size in range(len(tags), -1, -1) for subset in combinations(tags.values(), size)]
