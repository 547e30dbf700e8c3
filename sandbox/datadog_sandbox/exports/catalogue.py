"""Catalogues of monitors in YAML: monitors by key, with options beside `name`, `type`, `query` and `message`.

Terraform modules read this format, such as https://github.com/cloudposse/terraform-datadog-platform.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from . import api, terraform
from .model import Export

OPTIONS = (*terraform.OPTIONS, 'thresholds', 'threshold_windows', 'scheduling_options', 'variables', 'silenced')
OF_TERRAFORM = ('validate', 'force_delete', 'enabled', 'restriction_policy')
"""Keys that are meant for Terraform or for the module."""


def exports(content: Any, expected: Any) -> Iterator[Export]:
    """Yield the monitors of a catalogue, and resources that are in YAML as they would be in JSON."""
    yield from (
        export._replace(body=_body(export.body)) if export.kind == 'monitor' else export
        for export in api.exports(content, expected)
    )


def _body(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    body = {str(key): value for key, value in entry.items() if key not in (*OPTIONS, *OF_TERRAFORM)}
    beside = {key: entry[key] for key in OPTIONS if entry.get(key) not in (None, {}, [])}
    nested = entry.get('options')
    options = beside | dict(nested if isinstance(nested, Mapping) else {})
    if isinstance(tags := entry.get('tags'), Mapping):
        body['tags'] = [f'{key}:{value}' if value is not None else str(key) for key, value in tags.items()]
    return body | {'options': options}
