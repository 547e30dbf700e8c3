"""The countries of static/world.json: which one a tag means, and where it lies. tools/world.py writes the file."""

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

FILE = 'world.json'

Box = tuple[float, float, float, float]
"""West, south, east, and north, in degrees; east may be beyond 180."""


class Country(NamedTuple):
    code: str
    """ISO 3166-1 alpha-2, in upper case."""
    name: str
    box: Box
    """Of its largest part."""


@cache
def topology() -> dict[str, Any]:
    """Return the shapes and points of the countries: TopoJSON, the object `countries`."""
    content: dict[str, Any] = json.loads(files('datadog_sandbox').joinpath('static', FILE).read_bytes())
    return content


def country(tag: str) -> Country | None:
    """Return the country of a code of two or three letters, or of an English name; None where there is none."""
    return _countries().get(_folded(tag))


@cache
def _countries() -> dict[str, Country]:
    """Return the countries by their codes and names, folded."""
    known: dict[str, Country] = {}
    others: dict[str, Country] = {}
    for geometry in topology()['objects']['countries']['geometries']:
        properties = geometry['properties']
        if 'codes' in properties:
            each = Country(geometry['id'], properties['name'], tuple(properties['box']))
            known |= {_folded(name): each for name in (*properties['codes'], properties['name'])}
            others |= {_folded(name): each for name in properties['names']}
    # The usual name of a country comes before what another one is also called.
    return others | known


def _folded(name: str) -> str:
    """Return a name as it is compared: tags have neither capitals nor spaces."""
    plain = ''.join(letter for letter in unicodedata.normalize('NFKD', name) if not unicodedata.combining(letter))
    return re.sub(r'[\W_]+', ' ', plain).strip().lower()
