"""What a drawing is, and its data in a form that travels small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple


class Block(NamedTuple):
    """The values of one series: what is the same for all of them stands once."""

    constants: Mapping[str, Any]
    """Fields of every record, such as `series`."""
    times: Sequence[int]
    """Seconds since the epoch."""
    columns: Mapping[str, Sequence[float | None]]
    """Fields of each record, by name; None breaks a line."""

    def compact(self) -> dict[str, Any]:
        """Return it as JSON for `expanded` in charts.js: regular times as the first, the step, and the number."""
        steps = {later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)}
        regular = len(steps) == 1
        times = {'first': self.times[0], 'step': steps.pop(), 'count': len(self.times)} if regular else [*self.times]
        columns = {name: [significant(value) for value in values] for name, values in self.columns.items()}
        return {'constants': dict(self.constants), 'times': times, 'columns': columns}


def significant(value: float | None) -> float | int | None:
    """Return a value with the seven digits that a chart can show."""
    if value is None:
        return None
    short = float(f'{value:.7g}')
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def records(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return a record for each value; times are in milliseconds."""
    return [
        {**block.constants, 'time': time * 1000, **dict(zip(block.columns, values, strict=True))}
        for block in blocks
        for time, *values in zip(block.times, *block.columns.values(), strict=True)
    ]


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return records as one list for each of their fields, whose name stands once; None where a record has none."""
    return {
        name: [significant(value) if isinstance(value := row.get(name), float) else value for row in rows]
        for name in dict.fromkeys(name for row in rows for name in row)
    }


@dataclass(frozen=True)
class Drawing:
    """A specification without its data."""

    specification: Mapping[str, Any]
    data: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Records by the name of their data set."""
    blocks: Sequence[Block] = ()
    """The records of the data set `points`, where they are many."""
    height: int = 260
    """Pixels in a page, with its axes."""
    mode: Literal['vega-lite', 'vega'] = 'vega-lite'
    files: Mapping[str, str] = field(default_factory=dict)
    """Files in static/ by the name of the data set that each is."""
    own_legend: bool = False
    """Whether a page makes the legend and the tooltip itself, as for all that has a time axis."""
    closed_legend: bool = False
    """Whether that legend is only shown when it is asked for."""

    def sets(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Return all data sets."""
        return {**self.data, 'points': records(self.blocks)} if self.blocks else dict(self.data)

    def compact(self) -> dict[str, Any]:
        """Return it as a page wants it."""
        return {
            'specification': self.specification,
            'data': {name: columns(rows) for name, rows in self.data.items()},
            'blocks': [block.compact() for block in self.blocks],
            'height': self.height,
            'mode': self.mode,
            'files': dict(self.files),
            'ownLegend': self.own_legend,
            'closedLegend': self.closed_legend,
        }
