"""The plugin of pytest, in runs of its own."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import pytest
from datadog_sandbox import pytest_plugin
from datadog_sandbox.scenarios.recognition import is_scenario

SCENARIO = """\
monitors:
  - {name: Load, type: query alert, query: 'avg(last_5m):avg:test.load{*} > 10'}
tests:
  - name: goes up
    start: 2026-11-23T09:00
    input_series: [{series: test.load, values: 20}]
    monitor_test: [{eval_time: 9m, exp_groups: {'*': Alert}}]
  - name: stays down
    start: 2026-11-23T09:00
    input_series: [{series: test.load, values: 20}]
    monitor_test: [{eval_time: 9m, exp_groups: {'*': OK}}]
"""
CODE = '''
import datadog


def work():
    datadog.api.Metric.send(metric='shop.orders', points=[5], tags=['shop:paris'], type='gauge')


def test_orders_are_counted_and_few_orders_alert(datadog_sandbox, monkeypatch):
    datadog.initialize(api_host=datadog_sandbox.url, api_key='any', app_key='any', mute=False)
    datadog.api.Monitor.create(
        type='metric alert', name='Few orders', query='avg(last_5m):avg:shop.orders{*} < 10',
        message='Few orders @owner@example.com', options={'thresholds': {'critical': 10}},
    )
    work()
    [point] = datadog_sandbox.points('shop.orders')
    assert (point.value, point.tags[-1]) == (5.0, 'shop:paris')
    assert datadog_sandbox.monitor_states() == {'Few orders': {}}
    datadog_sandbox.advance(minutes=2)
    assert datadog_sandbox.monitor_states() == {'Few orders': {'*': 'Alert'}}
    [mail] = datadog_sandbox.mails()
    assert mail.to == ('owner@example.com',) and mail.title == '[Triggered] Few orders'
    assert datadog_sandbox.env['DATADOG_HOST'] == datadog_sandbox.url
'''  # fmt: skip


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Without the plugins of others, which take seconds to import.
    command = [sys.executable, '-m', 'pytest', '-p', 'datadog_sandbox.pytest_plugin', *arguments]
    environment = {**os.environ, 'PYTEST_DISABLE_PLUGIN_AUTOLOAD': '1'}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env=environment)


def test_pytest_finds_the_plugin() -> None:
    [entry] = [entry for entry in entry_points(group='pytest11') if entry.name == 'datadog_sandbox']
    assert entry.load() is pytest_plugin


def test_scenarios_are_collected_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / 'load.yaml').write_text(SCENARIO)
    (tmp_path / 'compose.yaml').write_text('services: {}\n')
    (tmp_path / 'values.yaml').write_text('monitors: []\ntests: 5\n')
    done = run(tmp_path, '--junit-xml', 'junit.xml', '-v')
    assert done.returncode == 1, done.stdout
    assert 'load.yaml::goes up PASSED' in done.stdout and 'load.yaml::stays down FAILED' in done.stdout
    assert "*: expected OK, got Alert since Mon 09:00" in done.stdout
    assert 'Traceback' not in done.stdout
    cases = ElementTree.parse(tmp_path / 'junit.xml').findall('.//testcase')
    assert [case.attrib['name'] for case in cases] == ['goes up', 'stays down']
    assert '1 passed, 1 deselected' in run(tmp_path, '-k', 'goes').stdout


def test_what_is_wrong_with_a_scenario_is_an_error_of_its_collection(tmp_path: Path) -> None:
    (tmp_path / 'load.yaml').write_text(SCENARIO.replace('eval_time: 9m', 'eval_time: never', 1))
    done = run(tmp_path)
    assert done.returncode == 2
    assert "load.yaml:7: tests[0].monitor_test[0].eval_time: 'never' is not a time" in done.stdout


def test_a_running_account_for_code_that_uses_the_datadog_library(tmp_path: Path) -> None:
    (tmp_path / 'test_shop.py').write_text(CODE)
    done = run(tmp_path, '-W', 'error::ResourceWarning')
    assert done.returncode == 0, done.stdout


def test_a_run_without_scenarios_imports_only_what_recognizes_them(tmp_path: Path) -> None:
    (tmp_path / 'test_nothing.py').write_text(
        'import sys\n\n\ndef test_nothing():\n'
        "    mine = {name for name in sys.modules if name.startswith('datadog_sandbox')}\n"
        "    recognition = {'datadog_sandbox.scenarios', 'datadog_sandbox.scenarios.recognition'}\n"
        "    assert mine == {'datadog_sandbox', 'datadog_sandbox.pytest_plugin', *recognition}\n"
    )
    (tmp_path / 'compose.yaml').write_text('services: {}\n')
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('content', ['', 'services: {}', 'monitors: []\ntests: []', '\x00', 'a: [tests:, monitors:]'])
def test_what_is_no_scenario(content: str, tmp_path: Path) -> None:
    (tmp_path / 'x.yaml').write_text(content)
    assert not is_scenario(tmp_path / 'x.yaml')
    assert not is_scenario(tmp_path) and not is_scenario(Path('/dev/zero'))
