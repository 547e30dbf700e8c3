"""Formulas over lines that were read elsewhere, such as those of logs in a monitor."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .arithmetic import combine, combined_keys
from .errors import QueryError, shorten
from .formulas import single
from .grid import Grid
from .registry import find
from .tree import Call, Name, Node, Number, Operation, Query, walk


def check(formula: str, keys: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the keys of the groups of a formula, from those of each line that it may name. Raises `QueryError`."""
    prefix = f'Formula "{shorten(formula)}"'
    tree = single(formula, keys)
    for _, node in walk(tree):
        if isinstance(node, Name) and node.name not in keys:
            raise QueryError(f'{prefix}: {node} is not one of its variables: {", ".join(keys) or "there are none"}')
        if isinstance(node, Query):
            raise QueryError(f'{prefix}: write the name of a variable, not {node}')
        if isinstance(node, Call) and (not find(node.function).single_values or find(node.function).shifts):
            raise QueryError(f'{prefix}: {node.function}() needs lines, and a monitor of records has single values')
    names = [node.name for _, node in walk(tree) if isinstance(node, Name)]
    if not names:
        raise QueryError(f'{prefix}: it names none of its variables')
    groups: tuple[str, ...] = ()
    for name in names:
        groups = combined_keys(groups, tuple(keys[name]))
    return groups


def calculate(formula: str, lines: Mapping[str, Grid]) -> Grid:
    """Return what a formula makes of lines with the same columns. Raises `QueryError`.

    Where nothing came of what is counted, there were 0 of it, if another line has a value for the same group.
    """
    check(formula, {name: grid.keys for name, grid in lines.items()})
    known: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for grid in lines.values():
        known.setdefault(grid.keys, {}).update(dict.fromkeys(grid.groups))
    complete = {name: _with_groups(grid, [*known[grid.keys]]) for name, grid in lines.items()}
    result = _value(single(formula, lines), complete)
    assert isinstance(result, Grid)
    return result


def _with_groups(grid: Grid, groups: Sequence[tuple[str, ...]]) -> Grid:
    missing = [group for group in groups if group not in grid.groups] if grid.gaps_are_zero else []
    if not missing:
        return grid
    nothing = np.full((len(missing), grid.values.shape[1]), np.nan)
    return replace(grid, groups=(*grid.groups, *missing), values=np.concatenate([grid.values, nothing]))


def _value(node: Node, lines: Mapping[str, Grid]) -> Grid | float:
    match node:
        case Name(name):
            return lines[name]
        case Operation(operator, left, right):
            return combine(operator, _value(left, lines), _value(right, lines))
        case Call():
            grid = _value(node.query, lines)
            if not isinstance(grid, Grid):
                raise QueryError(f'{node.function}() takes a variable, not the number {grid:g}')
            result: Grid = find(node.function).apply(grid, *node.values)
            return result
        case Number(value):
            return value
    raise QueryError(f'{node} is not a part of a formula')
