"""The units of a metric, as queries answer with them."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox.widgets.units import PERCENT, UNITS, short_of

FAMILIES = {
    'byte': 'bytes', 'byte_in_decimal_bytes_family': 'bytes', 'bit': 'bits', 'second': 'time', 'hertz': 'frequency',
    'core': 'cpu', 'dollar': 'money',
}  # fmt: skip
"""Datadog's name of a family, by the unit whose scale factor is 1: https://docs.datadoghq.com/metrics/units/."""


def units_of(metadata: Mapping[str, Any] | None) -> list[dict[str, Any] | None] | None:
    """Return the unit and the per unit of the metadata of a metric; None where it has no unit."""
    metadata = metadata or {}
    if not metadata.get('unit'):
        return None
    return [_unit(str(metadata['unit'])), _unit(str(metadata['per_unit'])) if metadata.get('per_unit') else None]


def _unit(name: str) -> dict[str, Any]:
    """Return a unit. One of no family that can be scaled has only names."""
    if name in PERCENT:
        return {'family': 'percentage', 'scale_factor': PERCENT[name], 'name': name, 'short_name': '%', 'plural': name}
    unit: dict[str, Any] = {'name': name, 'plural': name if name == 'hertz' else f'{name}s'}
    if name not in UNITS:
        return unit
    members, factor = UNITS[name]
    base, size = next((each, size) for each, _, size in members if each in FAMILIES)
    return {'family': FAMILIES[base], 'scale_factor': factor / size, 'short_name': short_of(name), **unit}
