"""Reads monitors, dashboards, and downtimes from files of many formats.

One module for each family of formats: exports and API responses (`api`), the JSON of Terraform (`terraform`), objects
of the Datadog Operator (`kubernetes`), catalogues in YAML (`catalogue`).
"""

from .model import Export, ExportError, Kind
from .reading import SUFFIXES, read

__all__ = ['SUFFIXES', 'Export', 'ExportError', 'Kind', 'read']
