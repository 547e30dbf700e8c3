"""Reads a file in any of the formats."""

import json
from pathlib import Path
from typing import Any

from datadog_sandbox import files

from . import api, catalogue, kubernetes, terraform
from .model import Export, ExportError, Kind

SUFFIXES = ('.json', '.yaml', '.yml')
TERRAFORM = (
    'the language of Terraform is not read: `terraform plan -out plan && terraform show -json plan > plan.json` '
    'converts it into JSON'
)
STATE = 'this is a state file of Terraform: `terraform show -json > state.json` converts it into its stable format'


def read(path: Path, expected: Kind | None = None) -> list[Export]:
    """Return the resources in a file. Raises `ExportError`, also when none is of the expected kind.

    An object that is not recognized is assumed to be of the expected kind.
    """
    if path.name.endswith(('.tf', '.tf.json')):
        raise ExportError(TERRAFORM)
    try:
        raw = files.read(path)
    except files.UnreadableError as error:
        raise ExportError(str(error)) from error
    exports = list(_yaml(raw, expected) if path.suffix in ('.yaml', '.yml') else _json(raw, expected))
    if expected is not None:
        exports = [export for export in exports if export.kind == expected]
    if not exports:
        raise ExportError(f'there is no {expected or "monitor, dashboard, or downtime"} in it', empty=True)
    return exports


def _json(raw: bytes, expected: Kind | None) -> list[Export]:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ExportError(f'this is not JSON: {error}') from error
    if terraform.recognizes(content):
        return list(terraform.exports(content))
    if isinstance(content, dict) and 'terraform_version' in content and 'resources' in content:
        raise ExportError(STATE)
    return _objects(content, expected) if kubernetes.recognizes(content) else list(api.exports(content, expected))


def _yaml(raw: bytes, expected: Kind | None) -> list[Export]:
    # Most files are JSON: YAML is imported where it is used.
    from datadog_sandbox import yaml12

    try:
        contents = [content for _, content in yaml12.documents(raw)]
    except yaml12.YamlError as error:
        where = f'line {error.line}: ' if error.line else ''
        raise ExportError(f'{where}{error}') from error
    return [export for content in contents for export in _objects(content, expected)]


def _objects(content: Any, expected: Kind | None) -> list[Export]:
    if kubernetes.recognizes(content):
        return list(kubernetes.exports(content))
    return list(catalogue.exports(content, expected))
