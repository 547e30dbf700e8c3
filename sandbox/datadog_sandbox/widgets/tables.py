"""What widgets that are tables share."""

from collections.abc import Sequence
from dataclasses import dataclass

from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.table import Cell, Table

from .model import Content

STATES = {'OK': 'ok', 'Warn': 'warning', 'Warning': 'warning', 'Alert': 'error', 'Critical': 'error'}
"""The colour of a state, by its name."""
MOST_ROWS = 500


@dataclass(frozen=True)
class TableContent(Content):
    """A widget that is a table: its types evaluate it, and nothing else."""

    template = 'table.html'

    table: Table
    notes: Sequence[str] = ()

    def drawing(self) -> Drawing:
        return self.table.drawing()

    def label(self) -> str:
        return f'A table of {len(self.table.rows)} rows'

    def remarks(self) -> Sequence[str]:
        return self.notes


def state_cell(state: str) -> Cell:
    return Cell(state, colour=STATES.get(state, 'muted'))


def percent(part: float, whole: float) -> str:
    return f'{100 * part / whole:.1f} %' if whole else '0 %'
