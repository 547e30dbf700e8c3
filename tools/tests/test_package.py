"""Integrations as others wrote them: without models of their options, and with names of old."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from tools import package
from tools.collector import collect, events, other_submissions, service_checks
from tools.configuration import load
from tools.pipeline import opened
from tools.scheduler import Clock

Integration = Callable[..., str]
CHECK = """
from datadog_checks.base import AgentCheck

class OldCheck(AgentCheck):
    def check(self, instance):
        self.gauge('old.value', 3, tags=['a:b'])
        self.service_check('old.can_connect', self.CRITICAL, tags=['a:b'], message='refused\\nagain')
        self.service_check('old.up', self.OK)
        self.event({'msg_title': 'Restarted', 'msg_text': 'again'})
"""


@pytest.fixture
def integration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Integration:
    """Return a way to write an integration, under a name that no other test imports."""
    monkeypatch.setattr(package, 'ROOT', tmp_path)

    def write(name: str, check: str = CHECK, shown: str = 'from .check import OldCheck') -> str:
        module = tmp_path / name / 'datadog_checks' / name
        (module / 'data').mkdir(parents=True)
        (tmp_path / name / 'metadata.csv').write_text('metric_name\nold.value\n')
        (module / '__init__.py').write_text(f"{shown}\n__version__ = '0.1.0'\n")
        (module / 'check.py').write_text(check)
        return name

    return write


def test_a_check_without_models_takes_any_option(integration: Integration, tmp_path: Path) -> None:
    check = package.load_check(integration('without_models'))
    path = tmp_path / 'conf.yaml'
    path.write_text('init_config:\n  any: 1\ninstances:\n  - host: x\n    min_collection_interval: 30\n')

    assert (check.version, check.check_class.__name__, check.metrics) == ('0.1.0', 'OldCheck', ('old.value',))
    configuration = load(path, check)
    assert configuration.findings == []
    [instance] = configuration.instances
    assert (instance.interval, instance.check.instance['host']) == (30, 'x')


@pytest.mark.parametrize(
    ('options', 'finding'),
    [
        # The Agent itself refuses these, before any check sees them.
        ("min_collection_interval: '45'", 'Input should be a valid integer'),
        ('min_collection_interval: 45.5', 'Input should be a valid integer'),
        ('tags: env:dev', '`tags` is "env:dev", but must be a list of strings'),
    ],
)
def test_what_every_agent_reads_is_checked_without_models(
    integration: Integration, tmp_path: Path, options: str, finding: str, request: pytest.FixtureRequest
) -> None:
    check = package.load_check(integration(f'common_{request.node.callspec.id.count("-")}_{abs(hash(options))}'))
    path = tmp_path / 'conf.yaml'
    path.write_text(f'instances:\n  - {options}\n')
    assert [finding in str(it) for it in load(path, check).findings] == [True]


def test_service_checks_and_events_are_printed(integration: Integration, tmp_path: Path) -> None:
    path = tmp_path / 'conf.yaml'
    path.write_text('instances:\n  - {}\n')
    [instance] = load(path, package.load_check(integration('with_others'))).instances

    assert [point['metric'] for point in collect(instance, 'here', at=0)] == ['old.value']
    assert other_submissions() == [
        'service check old.can_connect CRITICAL: a:b, refused\\nagain',
        'service check old.up OK',
        'event Restarted',
    ]
    of_host = {'host_name': 'here', 'timestamp': 7}
    assert service_checks('here', at=7.9) == [
        {'check': 'old.can_connect', 'status': 2, 'tags': ['a:b'], 'message': 'refused\nagain', **of_host},
        {'check': 'old.up', 'status': 0, 'tags': [], 'message': '', **of_host},
    ]
    assert events(at=7.9) == [{'msg_title': 'Restarted', 'msg_text': 'again', 'timestamp': 7}]


def test_the_name_of_agent_5_is_explained(integration: Integration) -> None:
    old = 'from checks import AgentCheck\n\nclass OldCheck(AgentCheck):\n    pass\n'
    with pytest.raises(click.ClickException, match='write `from datadog_checks.base import AgentCheck`'):
        package.load_check(integration('of_agent_5', old))


def test_a_package_that_is_missing_is_explained(integration: Integration) -> None:
    name = integration('of_others', 'import no_such_package')
    with pytest.raises(click.ClickException) as refused:
        package.load_check(name)
    assert refused.value.message == (
        'CHECK is "of_others", but cannot be imported: No module named \'no_such_package\'; '
        "install what the integration needs: .venv/bin/python -m pip install './of_others[deps]'"
    )


def test_an_integration_of_service_checks_only_drops_nothing(integration: Integration, tmp_path: Path) -> None:
    name = integration('without_metrics')
    (tmp_path / name / 'metadata.csv').write_text('metric_name\n')
    path = tmp_path / 'conf.yaml'
    path.write_text('instances:\n  - min_collection_interval: 30\n')
    assert load(path, package.load_check(name)).findings == []


@pytest.mark.parametrize(
    ('shown', 'classes'),
    [
        ('', 'none'),
        ('from datadog_checks.base import AgentCheck', 'none'),
        ('from .check import OldCheck\nclass Other(OldCheck.__base__): pass', 'OldCheck, Other'),
    ],
)
def test_an_agent_takes_one_class(integration: Integration, shown: str, classes: str) -> None:
    name = integration(f'shows_{len(shown)}', shown=shown)
    with pytest.raises(click.ClickException, match=f'must show one class derived from AgentCheck, and shows {classes}'):
        package.load_check(name)


def test_the_class_that_no_other_is_derived_from_is_taken(integration: Integration) -> None:
    shown = 'from datadog_checks.base import AgentCheck\nfrom .check import OldCheck\nclass Newer(OldCheck): pass'
    assert package.load_check(integration('derived', shown=shown)).check_class.__name__ == 'Newer'


def test_an_integration_without_assets_is_run_without_them(
    integration: Integration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / integration('without_assets')
    with opened(None, Clock(), 'here', None) as pipeline:
        assert pipeline.publish(folder) == pipeline.url
    assert capsys.readouterr().err.startswith('without_assets is not published: ')
