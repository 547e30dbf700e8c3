"""What `make env` and the recording know of a running environment; the recording itself is the proof of the rest."""

import json
from pathlib import Path

import environment
import pytest
import record
from click.testing import CliRunner

from datadog_checks.dev._env import serialize_data


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which ddev would describe an environment that it started."""
    monkeypatch.setenv('DDEV_DATA_DIR', str(tmp_path))
    return tmp_path / 'env/custom_check/py3.13'


def test_a_running_environment_is_known_by_what_ddev_wrote(started: Path) -> None:
    metadata = {
        'e2e_env_vars': {'DDEV_E2E_ENV_compose_variables': serialize_data({'FLASK_PORT': '5050'})},
        'env_vars': {'DD_SITE': 'datadoghq.eu'},
    }
    started.mkdir(parents=True)
    (started / 'metadata.json').write_text(json.dumps(metadata))

    assert environment.load() == ({'FLASK_PORT': '5050'}, metadata)
    assert environment.load('py3.12') is None


def test_recording_without_an_environment_says_how_to_start_one(started: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(record.main, [str(tmp_path / 'file'), '--environment', 'py3.13'])

    assert result.exit_code == 1
    assert '--environment is py3.13, which does not run; `make env` starts py3.13' in result.output
    assert not (tmp_path / 'file').exists()


def test_the_load_swings_and_bursts_once_near_the_end() -> None:
    tables = [record.wanted_tables(second, 4_800) for second in range(4_800)]

    calm, burst = tables[: int(0.85 * 4_800)], tables[int(0.86 * 4_800) : int(0.89 * 4_800)]
    assert (min(calm), max(calm)) == (record.TABLES - record.SWING, record.TABLES + record.SWING)
    assert min(burst) >= record.TABLES - record.SWING + record.BURST
    assert max(tables[int(0.91 * 4_800) :]) <= record.TABLES + record.SWING
