"""Import the package of a check: any Python integration in the layout of integrations-extras."""

import csv
import importlib
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import click
from pydantic import BaseModel, ConfigDict, StrictInt

import datadog_checks
from datadog_checks.base import AgentCheck
from datadog_checks.custom_check.config_models.instance import MetricPatterns
from tools.text import one_line, show

ROOT = Path(__file__).parents[1]
DEFAULT_CHECK = 'custom_check'

# What an Agent reads in each section, beyond the options of the check.
SECTIONS = {
    'in an instance': {
        'debug_metrics', 'loader', 'max_returned_metrics', 'name', 'namespace', 'no_index', 'process_isolation',
    },
    'in `init_config`': {'debug_metrics', 'loader', 'process_isolation', 'use_agent_proxy'},
    'at the top level': {
        'ad_identifiers', 'advanced_ad_identifiers', 'check_tag_cardinality', 'cluster_check',
        'ignore_autodiscovery_tags', 'init_config', 'instances', 'jmx_metrics', 'logs',
    },
    'in `metric_patterns`': {*MetricPatterns.model_fields},
}  # fmt: skip
MODELS = ('instance', 'InstanceConfig'), ('shared', 'SharedConfig')
"""The modules of `config_models`, and the model in each."""


class AnyOptions(BaseModel):
    """The options of a check without `config_models`: whatever it takes, and what every Agent reads."""

    model_config = ConfigDict(extra='allow')

    min_collection_interval: StrictInt | None = None


@dataclass(frozen=True)
class Package:
    """The package of a check: its class, the models of its options, and what it says that it submits."""

    name: str
    version: str
    check_class: type[AgentCheck]
    instance_model: type[BaseModel]
    shared_model: type[BaseModel]
    metrics: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    @property
    def example(self) -> Path:
        """The `conf.yaml.example` of the check."""
        return self.folder / 'datadog_checks' / self.name / 'data/conf.yaml.example'

    def options(self, section: str) -> set[str]:
        """Return what an Agent reads in a section."""
        model = self._model(section)
        return {*SECTIONS[section], *(model.model_fields if model else ())}

    def knows(self, section: str) -> bool:
        """Whether every option of a section is known, so that another one does nothing."""
        return self._model(section) is not AnyOptions

    def _model(self, section: str) -> type[BaseModel] | None:
        return {'in an instance': self.instance_model, 'in `init_config`': self.shared_model}.get(section)


def load_check(name: str = DEFAULT_CHECK) -> Package:
    """Import the check in the folder of this name, also one that is not installed.

    Raises `click.ClickException` when there is none, or when it cannot be imported.
    """
    folder = ROOT / name
    if not re.fullmatch('[a-z0-9_]+', name) or not (folder / 'metadata.csv').is_file():
        raise click.ClickException(f'CHECK is {show(name)}, but must be the folder of an integration.')
    if (path := str(folder / 'datadog_checks')) not in datadog_checks.__path__:
        datadog_checks.__path__.append(path)
    try:
        package = importlib.import_module(f'datadog_checks.{name}')
        instance, shared = (_model(f'datadog_checks.{name}.config_models', *it) for it in MODELS)
    except (ImportError, SyntaxError) as error:
        raise click.ClickException(
            f'CHECK is {show(name)}, but cannot be imported: {one_line(str(error), 300)}{_hint(error, name)}'
        ) from None
    with (folder / 'metadata.csv').open(newline='') as file:
        metrics = tuple(row['metric_name'] for row in csv.DictReader(file))
    return Package(name, getattr(package, '__version__', ''), _check_class(package, name), instance, shared, metrics)


def _hint(error: Exception, name: str) -> str:
    """Return what to do when a module is missing."""
    if not isinstance(error, ModuleNotFoundError) or (error.name or '').startswith('datadog_checks'):
        return ''
    if error.name == 'checks':
        return ': that is the name of Agent 5; write `from datadog_checks.base import AgentCheck`'
    # The extra that integrations have in common, which an Agent brings along.
    return f"; install what the integration needs: .venv/bin/python -m pip install './{name}[deps]'"


def _model(models: str, module: str, name: str) -> type[BaseModel]:
    """Return a generated model of the options, or one that takes any where there is none."""
    if not find_spec(models):
        return AnyOptions
    model: type[BaseModel] = getattr(importlib.import_module(f'{models}.{module}'), name)
    return model


def _check_class(package: ModuleType, name: str) -> type[AgentCheck]:
    """Return the class that an Agent takes: of those that the package shows, the one that no other is derived from."""
    checks = {value for value in vars(package).values() if isinstance(value, type) and issubclass(value, AgentCheck)}
    last = [it for it in checks if not any(other is not it and issubclass(other, it) for other in checks)]
    if len(last) != 1 or last[0] is AgentCheck:
        classes = ', '.join(sorted(it.__name__ for it in last if it is not AgentCheck)) or 'none'
        raise click.ClickException(
            f'CHECK is {show(name)}, but datadog_checks/{name}/__init__.py must show one class derived from '
            f'AgentCheck, and shows {classes}.'
        )
    return last[0]
