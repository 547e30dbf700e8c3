"""Arithmetic with numbers and lines."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .errors import QueryError
from .grid import Grid

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    '+': np.add,
    '-': np.subtract,
    '*': np.multiply,
    '/': np.divide,
}


def combine(operator: str, left: Grid | float, right: Grid | float) -> Grid | float:
    """Calculate with numbers and lines. Lines with groups match by these; a line without groups goes with each."""
    if isinstance(left, Grid) and isinstance(right, Grid):
        left, right = matched(left, right)
        if left.zero or right.zero:
            known = ~np.isnan(left.values) | ~np.isnan(right.values)
            left, right = (
                replace(side, values=np.where(known & np.isnan(side.values), 0.0, side.values)) if side.zero else side
                for side in (left, right)
            )
    a, b = (side.values if isinstance(side, Grid) else side for side in (left, right))
    with np.errstate(all='ignore'):
        result = OPERATORS[operator](a, b)
    grids = [side for side in (left, right) if isinstance(side, Grid)]
    if not grids:
        return float(result)
    # Datadog has no value where something is divided by zero.
    result = np.where(np.isfinite(result), result, np.nan)
    return replace(
        grids[0], values=result, zero=all(g.zero for g in grids), interpolates=all(g.interpolates for g in grids)
    )


def matched(left: Grid, right: Grid) -> tuple[Grid, Grid]:
    """Return two grids with the same rows: those of groups that both have."""
    if not left.keys or not right.keys:
        return widened(left, right), widened(right, left)
    if set(left.keys) != set(right.keys):
        both = ' and by '.join(f'{{{",".join(grid.keys)}}}' for grid in (left, right))
        raise QueryError(f'queries grouped by {both} do not match: group them by the same tags, or one of them by none')
    order = [right.keys.index(key) for key in left.keys]
    rows = {tuple(group[place] for place in order): row for row, group in enumerate(right.groups)}
    pairs = [(row, rows[group]) for row, group in enumerate(left.groups) if group in rows]
    groups = tuple(left.groups[row] for row, _ in pairs)
    return (
        replace(left, groups=groups, values=left.values[[row for row, _ in pairs]]),
        replace(right, keys=left.keys, groups=groups, values=right.values[[row for _, row in pairs]]),
    )


def widened(grid: Grid, other: Grid) -> Grid:
    """Repeat the one line of a grid without groups for each group of the other one."""
    if grid.keys:
        return grid if other.groups else replace(grid, groups=(), values=grid.values[:0])
    if not grid.groups or not other.groups:
        return replace(grid, keys=other.keys, groups=(), values=grid.values[:0])
    values = np.repeat(grid.values, len(other.groups), axis=0)
    return replace(grid, keys=other.keys, groups=other.groups, values=values)
