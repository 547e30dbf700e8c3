"""Write the map of the world that the sandbox draws: `python -m tools.world`. It fetches two packages with npm.

Shapes are those of Natural Earth (public domain) as world-atlas has them (ISC): of 1:110 million, and of 1:50 million
as points where a country is too small for the former. Codes and names are those of i18n-iso-countries (MIT).
"""

import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

FILE = Path(__file__).parents[1] / 'sandbox/datadog_sandbox/static/world.json'
ATLAS, CODES = 'world-atlas@2.0.2', 'i18n-iso-countries@7.14.0'
SOURCE = (
    'Written by tools/world.py. Shapes: Natural Earth, public domain, by world-atlas 2.0.2, Copyright 2013-2019 '
    'Michael Bostock, ISC licence. Codes and names: i18n-iso-countries 7.14.0, Copyright 2016 widdix GmbH, MIT '
    'licence.'
)
# Nobody counts visits there, and it would be a tenth of the picture.
LEFT_OUT = ('Antarctica', 'Siachen Glacier', 'Indian Ocean Ter.')

Point = tuple[float, float]
Ring = list[Point]


class Codes:
    """The codes and English names of countries."""

    def __init__(self, codes: Sequence[Sequence[str]], names: Mapping[str, str | list[str]]) -> None:
        self._by_number = {number: (two, three) for two, three, number, *_ in codes}
        self._names = {two: [every] if isinstance(every, str) else every for two, every in names.items()}

    def of(self, number: str | None, name: str) -> dict[str, Any]:
        """Return what a country is called, of its number in ISO 3166-1 and its name in Natural Earth."""
        known = [codes for codes in self._by_number.values() if name in self._names.get(codes[0], [])]
        codes = self._by_number.get(number or '') or (known[0] if known else None)
        if codes is None:
            return {'name': name}
        names = self._names[codes[0]]
        # Natural Earth shortens long names.
        first = name if name in names else names[0]
        return {'name': first, 'codes': list(codes), 'names': [other for other in names if other != first]}


def world(coarse: Mapping[str, Any], fine: Mapping[str, Any], codes: Codes) -> dict[str, Any]:
    """Return a topology of countries: shapes of one, and what only the other has as points."""
    shapes = [shape for shape in _countries(coarse) if _name(shape) not in LEFT_OUT]
    arcs: dict[int, int] = {}
    geometries = []
    for shape in shapes:
        properties = codes.of(shape.get('id'), _name(shape)) | {'box': _box(_largest(coarse, shape))}
        geometries.append(_geometry(shape['type'], properties) | {'arcs': _numbered(shape['arcs'], arcs)})
    known = {geometry['id'] for geometry in geometries}
    for shape in _countries(fine):
        properties = codes.of(shape.get('id'), _name(shape))
        point = _geometry('Point', properties)
        if 'codes' in properties and point['id'] not in known and _name(shape) not in LEFT_OUT:
            known.add(point['id'])
            west, south, east, north = box = _box(_largest(fine, shape))
            place = _quantized(coarse['transform'], ((west + east) / 2, (south + north) / 2))
            geometries.append(point | {'properties': properties | {'box': box}, 'coordinates': place})
    return {
        'type': 'Topology',
        'source': SOURCE,
        'transform': coarse['transform'],
        'objects': {'countries': {'type': 'GeometryCollection', 'geometries': geometries}},
        'arcs': [coarse['arcs'][old] for old in arcs],
    }


def _countries(topology: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    geometries: Sequence[Mapping[str, Any]] = topology['objects']['countries']['geometries']
    return geometries


def _name(shape: Mapping[str, Any]) -> str:
    return str(shape['properties']['name'])


def _geometry(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    # What has no code has a name, which is none.
    return {'type': type_, 'id': properties.get('codes', [properties['name']])[0], 'properties': properties}


def _numbered(arcs: Any, numbers: dict[int, int]) -> Any:
    """Return arcs by their new numbers, which are given as they come; the complement of one is its reverse."""
    if isinstance(arcs, list):
        return [_numbered(part, numbers) for part in arcs]
    number = numbers.setdefault(arcs if arcs >= 0 else ~arcs, len(numbers))
    return number if arcs >= 0 else ~number


def _largest(topology: Mapping[str, Any], shape: Mapping[str, Any]) -> Ring:
    """Return the outer ring of the largest part of a country."""
    parts = [shape['arcs']] if shape['type'] == 'Polygon' else shape['arcs']
    return max((_ring(topology, part[0]) for part in parts), key=_area)


def _ring(topology: Mapping[str, Any], numbers: Sequence[int]) -> Ring:
    """Return a ring in degrees, those to the east of a crossing of the 180th meridian beyond 180."""
    ring: Ring = []
    for x, y in (point for number in numbers for point in _arc(topology, number)):
        ring.append((x + 360 * round((ring[-1][0] - x) / 360) if ring else x, y))
    return ring


def _arc(topology: Mapping[str, Any], number: int) -> Ring:
    """Return an arc in degrees. https://github.com/topojson/topojson-specification, 2.1.4: differences, quantized."""
    points = [*_summed(topology['arcs'][number if number >= 0 else ~number])]
    (scale_x, scale_y), (x, y) = topology['transform']['scale'], topology['transform']['translate']
    degrees = [(across * scale_x + x, up * scale_y + y) for across, up in points]
    return degrees if number >= 0 else degrees[::-1]


def _summed(differences: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    across = up = 0
    for x, y in differences:
        across, up = across + x, up + y
        yield across, up


def _area(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def _box(ring: Ring) -> list[float]:
    """Return west, south, east, and north."""
    across, up = zip(*ring, strict=True)
    return [round(edge, 1) for edge in (min(across), min(up), max(across), max(up))]


def _quantized(transform: Mapping[str, Sequence[float]], point: Point) -> list[int]:
    triples = zip(point, transform['scale'], transform['translate'], strict=True)
    return [round((degrees - origin) / scale) for degrees, scale, origin in triples]


def _fetched(package: str, folder: Path) -> Path:
    """Fetch a package with npm; return the folder of its files."""
    done = subprocess.run(['npm', 'pack', '--silent', package], cwd=folder, check=True, capture_output=True, text=True)
    target = folder / package.partition('@')[0]
    with tarfile.open(folder / done.stdout.strip()) as archive:
        archive.extractall(target, filter='data')
    return target / 'package'


@click.command(help=(__doc__ or '').partition('\n')[0])
def main() -> None:
    with TemporaryDirectory() as folder:
        atlas, codes = (_fetched(package, Path(folder)) for package in (ATLAS, CODES))
        coarse, fine = (json.loads((atlas / f'countries-{scale}.json').read_text()) for scale in ('110m', '50m'))
        names = json.loads((codes / 'langs/en.json').read_text())['countries']
        known = Codes(json.loads((codes / 'codes.json').read_text()), names)
    FILE.write_text(json.dumps(world(coarse, fine, known), ensure_ascii=False, separators=(',', ':')) + '\n')
    click.echo(f'Written to {FILE} ({FILE.stat().st_size // 1024} KiB).')


if __name__ == '__main__':
    main()
