"""Monitors, dashboards, and downtimes as they are in people's files.

One module for each family of formats: answers of the API and exports (`api`), the JSON of Terraform (`terraform`),
objects of the operator (`kubernetes`), YAML of catalogues (`catalogue`).
"""

from .model import Export, ExportError, Kind
from .reading import SUFFIXES, read

__all__ = ['SUFFIXES', 'Export', 'ExportError', 'Kind', 'read']
