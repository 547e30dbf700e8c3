"""geomap: values of countries, on a map of the world.

Source: https://docs.datadoghq.com/dashboards/widgets/geomap/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datadog_sandbox.drawing.maps import world_map
from datadog_sandbox.drawing.model import Drawing
from datadog_sandbox.drawing.world import Box, country
from datadog_sandbox.query import QueryError
from datadog_sandbox.widgets.model import Content, Context
from datadog_sandbox.widgets.palettes import Palette
from datadog_sandbox.widgets.values import Value, ordered, values

POINTS = 'Its layer of points is not drawn: the sandbox does not know where a record comes from'
REGIONS: dict[str, Box] = {
    'EMEA': (-25, -36, 62, 72),
    'APAC': (60, -48, 180, 55),
    'LATAM': (-118, -56, -34, 33),
    'NORTH_AMERICA': (-168, 7, -52, 72),
    'SOUTH_AMERICA': (-82, -56, -34, 13),
    'EUROPE': (-25, 34, 45, 71),
    'AFRICA': (-19, -36, 52, 38),
    'ASIA': (26, -11, 146, 56),
    'OCEANIA': (110, -48, 180, 2),
}
"""What `view.focus` may be besides a country and `WORLD`: west, south, east, and north."""
MOST_NAMES = 5


@dataclass(frozen=True)
class Geomap(Content):
    type = 'geomap'
    template = 'chart.html'

    records: Sequence[Mapping[str, Any]]
    """`id`, `name`, `value`, `text`, and `colour` of each country that has a value."""
    palette: Palette
    box: Box | None
    notes: Sequence[str]

    @classmethod
    def evaluate(cls, definition: Mapping[str, Any], context: Context) -> Self:
        requests = definition['requests']
        regions = [request for request in requests if request.get('response_format') != 'event_list']
        if not regions:
            raise QueryError(POINTS)
        records, notes = _records(ordered(values(definition, regions[0], context), regions[0]))
        focus = str((definition.get('view') or {}).get('focus') or 'WORLD')
        box, unknown = _box(focus)
        palette = Palette.of(definition, 'hostmap_blues')
        points = [POINTS] if len(regions) < len(requests) else []
        return cls(records, palette, box, [*notes, *unknown, *palette.remarks, *points])

    def drawing(self) -> Drawing:
        return world_map(self.records, self.palette[:2], self.box)

    def label(self) -> str:
        values = ', '.join(f'{record["name"]} {record["text"]}' for record in self.records[:10])
        return f'A map of {len(self.records)} countries: {values}'

    def remarks(self) -> Sequence[str]:
        return self.notes


def _records(rows: Sequence[Value]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Return the first value of each country, and what is to be said of the other values."""
    records: dict[str, Mapping[str, Any]] = {}
    elsewhere, again = [], []
    for row in rows:
        place = country(_tag(row))
        if place is None:
            elsewhere.append(f'{_tag(row) or row.name} {row.with_unit}')
        elif place.code in records:
            again.append(f'{row.name} {row.with_unit}')
        else:
            colour = row.paint.background or row.paint.colour
            records[place.code] = {
                'id': place.code, 'name': place.name, 'value': row.value, 'text': row.with_unit, 'colour': colour,
            }  # fmt: skip
    notes = [f'Not on the map: {_listed(elsewhere)}'] if elsewhere else []
    return [*records.values()], notes + (
        [f'Not shown, as the country has a value already: {_listed(again)}'] if again else []
    )


def _tag(row: Value) -> str:
    """Return the value of the tag that names a country: of several the first whose key says so."""
    keys = sorted(row.group, key=lambda key: 'country' not in key.lower())
    return row.group[keys[0]] if keys else ''


def _listed(names: Sequence[str]) -> str:
    more = f', and {len(names) - MOST_NAMES} more' if len(names) > MOST_NAMES else ''
    return f'{", ".join(names[:MOST_NAMES])}{more}'


def _box(focus: str) -> tuple[Box | None, list[str]]:
    """Return what a map shows, None for the world, and what is to be said of it."""
    place = country(focus) if len(focus) == 2 else None
    box = place.box if place else REGIONS.get(focus)
    return box, [] if box or focus == 'WORLD' else [f'The focus {focus[:40]} is unknown here: the map shows the world']
