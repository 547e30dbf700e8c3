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
        if left.gaps_are_zero or right.gaps_are_zero:
            known = ~np.isnan(left.values) | ~np.isnan(right.values)
            left, right = (
                replace(side, values=np.where(known & np.isnan(side.values), 0.0, side.values))
                if side.gaps_are_zero
                else side
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
        grids[0],
        values=result,
        gaps_are_zero=all(g.gaps_are_zero for g in grids),
        interpolates=all(g.interpolates for g in grids),
    )


def matched(left: Grid, right: Grid) -> tuple[Grid, Grid]:
    """Return two grids with the same rows: the groups of the one with more keys that the other has a value for."""
    keys = combined_keys(left.keys, right.keys)
    wide, narrow = (left, right) if len(left.keys) == len(keys) else (right, left)
    places = [wide.keys.index(key) for key in narrow.keys]
    rows = {group: row for row, group in enumerate(narrow.groups)}
    pairs = [
        (row, rows[shared])
        for row, group in enumerate(wide.groups)
        if (shared := tuple(group[place] for place in places)) in rows
    ]
    groups = tuple(wide.groups[row] for row, _ in pairs)
    wide = replace(wide, groups=groups, values=wide.values[[row for row, _ in pairs]])
    narrow = replace(narrow, keys=wide.keys, groups=groups, values=narrow.values[[row for _, row in pairs]])
    return (wide, narrow) if len(left.keys) == len(keys) else (narrow, wide)


def combined_keys(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of the groups that arithmetic with two queries has. Raises `QueryError` where it has none."""
    if set(right) <= set(left):
        return left
    if set(left) <= set(right):
        return right
    both = ' and by '.join(f'{{{",".join(keys)}}}' for keys in (left, right))
    raise QueryError(f'queries grouped by {both} do not match: the tags of one must be among those of the other')
